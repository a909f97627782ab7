// What somebody on the boot network might try, against the real daemon: each attempt must leave the record, the order and the process as they were.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { Socket } from 'node:net'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { SimulatedMachine, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'

type Detail = { machine: { macs: string[], state: string, alarms: number, order: { state: string, because: string | null } | null }, facts: { disks: { serial: string }[] }, timeline: { text: string, alarm: boolean }[] }
const detailOf = async (bastion: LoopbackBastion, machine: string) => (await bastion.control('GET', `/api/machines/${machine}`)).json() as unknown as Detail
const order = (bastion: LoopbackBastion, machine: SimulatedMachine) => bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
const otherDisk = { 'lsblk.json': JSON.stringify({ blockdevices: [{ kname: 'vda', type: 'disk', size: 40 * 2 ** 30, serial: 'another', rota: true, rm: false, ro: false }] }) }

async function discovered(t: Test) {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  return { bastion, machine }
}

t.test('a discovery report that does not agree changes nothing, and no order is taken until one agrees', async t => {
  const { bastion, machine } = await discovered(t)
  const thief = new SimulatedMachine(bastion, 1)
  await thief.overlay(await thief.dispatch())
  const refused = await thief.facts(await thief.report(otherDisk))
  t.match([refused.status, refused.json()], [409, { detail: /The set of disks was disk-SN-1 at discovery and is another now/ }])
  const seen = await detailOf(bastion, machine.mac)
  t.same(seen.facts.disks.map(disk => disk.serial), ['disk-SN-1'])
  t.ok(seen.timeline.some(entry => entry.alarm && /does not agree with the record, which stays/.test(entry.text)))
  t.match((await order(bastion, machine)).json(), { code: 'BST_REFUSED', refusals: [{ code: 'facts-differ' }] })
  t.equal((await thief.next()).status, 410, 'and its boot is not given the machine’s orders')
  t.equal((await machine.facts()).status, 200)
  t.equal((await order(bastion, machine)).status, 201)
})

t.test('another boot’s MAC does not become one of a machine whose UUID and MAC are told', async t => {
  const { bastion, machine } = await discovered(t)
  const thief = new SimulatedMachine(bastion, 2)
  await thief.overlay(await thief.dispatch())
  t.equal((await thief.facts(await machine.report({ 'public-key.pem': thief.publicPem }))).status, 409)
  t.same((await detailOf(bastion, machine.mac)).machine.macs, [machine.mac])
})

t.test('the ticket of a discovered machine speaks for no other, recorded or new', async t => {
  const { bastion, machine } = await discovered(t)
  const other = new SimulatedMachine(bastion, 2)
  await other.discover()
  const before = await detailOf(bastion, other.mac)
  t.equal((await machine.facts(await other.report({ 'public-key.pem': machine.publicPem }))).status, 409)
  t.same((await detailOf(bastion, other.mac)).machine.macs, before.machine.macs)
  const made = { 'dmi/product_uuid': '5e9b7a10-0000-4000-8000-00000000ffff', 'dmi/product_serial': 'new', nics: 'eth0|52:54:00:00:ff:ff|virtio_net|1|1000\n' }
  t.equal((await machine.facts(await machine.report(made))).status, 409)
  t.equal(((await bastion.control('GET', '/api/machines')).json()['machines'] as unknown[]).length, 2, 'no machine was made up')
})

t.test('of two keys that send their facts at the same time one is answered, and the order is contested', async t => {
  const { bastion, machine } = await discovered(t)
  await order(bastion, machine)
  await machine.overlay(await machine.dispatch())
  const thief = new SimulatedMachine(bastion, 1)
  thief.bearer = machine.bearer
  const reports = [await machine.report(), await thief.report()] as const
  const answers = await Promise.all([machine.facts(reports[0]), thief.facts(reports[1])])
  t.same(answers.map(answer => answer.status).toSorted(), [200, 410])
  t.equal((await detailOf(bastion, machine.mac)).machine.order?.state, 'contested')
  t.equal((await machine.next()).status, 410, 'no bearer of a contested order is given the next one')
  t.equal((await bastion.control('POST', '/api/machines/worker-1/retry')).status, 200)
  t.equal((await machine.next()).status, 410)
  t.equal((await machine.overlay(await machine.dispatch())).purpose, 'install', 'a new boot is')
})

t.test('an image that has gone by the time of the facts leaves the order armed', async t => {
  const { bastion, machine } = await discovered(t)
  await order(bastion, machine)
  await machine.overlay(await machine.dispatch())
  t.equal((await bastion.control('DELETE', '/api/os/debian-13')).status, 204)
  t.match((await machine.facts()).json(), { status: 409, code: 'BST_IMAGE_MISSING' })
  t.equal((await detailOf(bastion, machine.mac)).machine.order?.state, 'armed')
})

t.test('a boot that waits again without having said how its install ended has failed, and can be retried', async t => {
  const { bastion, machine } = await discovered(t)
  await order(bastion, machine)
  await machine.overlay(await machine.dispatch())
  await machine.facts()
  await machine.progress('disks')
  t.match((await bastion.control('POST', '/api/machines/worker-1/retry')).json(), { status: 409 })
  t.equal((await machine.next()).body.toString(), 'wait')
  t.match((await detailOf(bastion, 'worker-1')).machine.order, { state: 'failed', because: /left its installation/ })
  t.equal((await bastion.control('POST', '/api/machines/worker-1/retry')).status, 200)
  t.equal((await machine.firstBoot('no-such-order', 1)).status, 403)
})

t.test('a stranger is refused before the body is read; a body of the wrong type is refused with the type wanted', async t => {
  const { bastion, machine } = await discovered(t)
  t.match((await machine.say('POST', '/api/boot/log', Buffer.from('{}'), 'application/json')).json(), { status: 400, detail: /application\/json/ })
  const message = request({ host: '127.0.0.1', port: bastion.controlPort, method: 'POST', path: '/api/boot/facts', rejectUnauthorized: false, headers: { authorization: `Bearer ${'A'.repeat(22)}`, 'content-type': 'application/x-tar', 'content-length': 2 ** 20 } })
  message.flushHeaders()
  const [response] = await once(message, 'response') as [IncomingMessage]
  t.equal(response.statusCode, 401, 'though not one byte of it has come')
  message.on('error', () => undefined).destroy()
})

t.test('sockets that nobody closes: a declined one is closed by the bastion, and an accepted one does not hold up its stop', async t => {
  const bastion = await startLoopbackBastion(t)
  const upgrade = async (token: string) => {
    const socket = connect({ socket: new Socket({ allowHalfOpen: true }).connect(bastion.controlPort, '127.0.0.1'), rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    socket.on('error', () => undefined)
    socket.write(`GET /ws/events HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${'A'.repeat(22)}==\r\nauthorization: Bearer ${token}\r\n\r\n`)
    t.match(String((await once(socket, 'data') as [Buffer])[0]), token === 'none-at-all' ? /^HTTP\/1.1 401/ : /^HTTP\/1.1 101/)
    return socket
  }
  const declined = await upgrade('none-at-all')
  const writing = setInterval(() => { declined.write('x') }, 50)
  await new Promise<void>(resolve => { declined.once('close', () => { resolve() }) })
  clearInterval(writing)
  const silent = await upgrade(bastion.token)
  t.equal(await bastion.stop(), 0, 'a stop that was not forced')
  silent.destroy()
})
