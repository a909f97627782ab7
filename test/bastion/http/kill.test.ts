import t from 'tap'
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
