import t from 'tap'
import { filesOf, installedMachine } from '../../lib/installed-machine.ts'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'

t.test('the bastion can be killed after any word of an install, and the install goes on where it was', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  const reborn = async () => {
    await bastion.kill()
    await bastion.start()
  }
  let script = await machine.dispatch()
  await reborn()
  await machine.overlay(script)
  await reborn()
  t.equal((await machine.facts()).status, 200, 'discovery facts')
  await reborn()
  t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201)
  await reborn()
  script = await machine.dispatch()
  t.equal((await machine.overlay(script)).purpose, 'install')
  await reborn()
  const first = await machine.facts()
  t.equal(first.status, 200, 'install facts')
  await reborn()
  const again = await machine.facts()
  t.equal(again.status, 200, 'the answer was lost: the same machine gets it again')
  for (const phase of ['disks', 'image', 'configure', 'reboot']) {
    await reborn()
    t.equal((await machine.progress(phase)).status, 204, phase)
  }
  await reborn()
  t.match(await machine.dispatch(), /is installed(.|\n)*sanboot/)
  const detail = (await bastion.control('GET', '/api/machines/worker-1')).json() as { machine: { order: { id: string } }, orders: unknown[] }
  t.equal((await machine.firstBoot(detail.machine.order.id, 1)).status, 204)
  t.equal(detail.orders.length, 1, 'one order, one install')
})

t.test('the bastion can be killed after any word of a reprovision, and nothing that was to be kept is taken for something else', async t => {
  const under = await installedMachine(t)
  const { bastion, machine } = under
  const reborn = async () => {
    await bastion.kill()
    await bastion.start()
  }
  const shown = await under.digest()
  await reborn()
  t.equal((await under.reprovision({ shown })).status, 201, 'what was shown before is still the plan')
  await reborn()
  const script = await machine.dispatch()
  await reborn()
  t.equal((await machine.overlay(script)).purpose, 'install')
  await reborn()
  const first = await filesOf(await under.report())
  const { record } = await under.detail()
  await reborn()
  const answer = await under.report()
  t.equal((await filesOf(answer))['plan.json'], first['plan.json'], 'the answer was lost: the same machine gets the same plan')
  t.same((await under.detail()).record, record)
  await under.obey(answer, reborn)
  await reborn()
  t.match(await under.detail(), { machine: { state: 'installed', order: { kind: 'reprovision', state: 'done' } }, proof: { same: true } })
  t.match(await machine.dispatch(), /is installed(.|\n)*sanboot/)
})
