import t from 'tap'
import type { MachineDetail } from '../../../protocol/machines.ts'
import { SimulatedMachine, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'

const timelineOf = async (bastion: LoopbackBastion, machine: SimulatedMachine) => ((await bastion.control('GET', `/api/machines/${machine.mac}`)).json() as unknown as MachineDetail).timeline
const countOf = async (bastion: LoopbackBastion, machine: SimulatedMachine, phase: string) => (await timelineOf(bastion, machine)).filter(entry => entry.phase === phase).length

t.test('what was seen is in the list for whoever looks at once', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
  const before = await countOf(bastion, machine, 'dispatched')
  await machine.dispatch()
  t.equal(await countOf(bastion, machine, 'dispatched'), before + 1)
  const ids = (await timelineOf(bastion, machine)).map(({ id }) => id)
  t.same(ids, ids.toSorted((one, other) => one - other))
})

t.test('a graceful stop keeps the last entry; what a machine proved, and alarms, outlive kill -9 at once', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 2)
  await machine.discover()
  await bastion.kill()
  await bastion.start()
  t.equal(await countOf(bastion, machine, 'facts'), 1, 'its report was answered, so it is there')
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-2' })
  await machine.dispatch()
  t.equal(await bastion.stop(), 0)
  await bastion.start()
  t.match((await timelineOf(bastion, machine)).at(-1), { phase: 'dispatched', text: /attempt 1/ })
  const newest = (await timelineOf(bastion, machine)).at(-1)!.id
  // Its UUID under another MAC: nobody can say which of the two it is.
  await bastion.boot(`/dispatch?mac=52:54:00:00:00:99&uuid=${machine.uuid}&buildarch=x86_64&platform=pcbios`)
  await bastion.kill()
  await bastion.start()
  const alarms = (await timelineOf(bastion, machine)).filter(({ alarm }) => alarm)
  t.match(alarms, [{ text: /two machines have the UUID/ }])
  t.ok(alarms[0]!.id > newest, 'numbers go on upwards')
})

t.test('a ticket outlives kill -9 from the moment that it was given', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 3)
  const script = await machine.dispatch()
  await bastion.kill()
  await bastion.start()
  t.equal((await machine.overlay(script)).status, 200)
  t.equal((await machine.facts()).status, 200)
})
