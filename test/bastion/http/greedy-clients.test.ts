// Slow and greedy clients, over real sockets on loopback: they end, and no machine waits for them.
import { once } from 'node:events'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'

/** Sockets that say nothing, from one address or a few. */
async function silentSockets(t: Test, port: number, count: number, addresses: number): Promise<{ open: () => number }> {
  const sockets: Socket[] = []
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  for (let number = 0; number < count; number += 1) {
    const socket = connect({ host: '127.0.0.1', port, localAddress: `127.0.${1 + number % addresses}.1` })
    socket.on('error', () => undefined)
    // Else the end of the other side would never be noticed.
    socket.resume()
    sockets.push(socket)
    if (number % 100 === 99) await once(socket, 'connect')
  }
  return { open: () => sockets.filter(socket => !socket.destroyed && !socket.readableEnded).length }
}

/** How long `work` takes, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

t.test('a thousand connections that say nothing, on both planes, keep no machine from booting', async t => {
  const bastion = await startLoopbackBastion(t)
  const before = new SimulatedMachine(bastion, 1)
  const alone = await timed(() => before.discover())
  const crowds = [await silentSockets(t, bastion.bootPort, 1000, 40), await silentSockets(t, bastion.controlPort, 1000, 40)]
  t.ok(crowds.every(crowd => crowd.open() > 900), 'they are open')
  const machine = new SimulatedMachine(bastion, 2)
  const crowded = await timed(async () => { t.equal((await machine.discover()).status, 200) })
  t.ok(crowded < alone * 5 + 2000, `discovered in ${crowded.toFixed(0)} ms, ${alone.toFixed(0)} ms without them`)
  t.equal((await bastion.control('GET', '/api/machines')).status, 200)
  for (let waited = 0; waited < 40 && crowds.some(crowd => crowd.open() > 0); waited += 1) await sleep(1000)
  t.same(crowds.map(crowd => crowd.open()), [0, 0], 'and after a while they are closed')
  t.equal(await bastion.stop(), 0)
})

t.test('where connections run out, silent ones go first: those of the greediest address, and the oldest', async t => {
  const bastion = await startLoopbackBastion(t, { limits: { connections: 300, connectionsPerAddress: 100 } })
  const one = await silentSockets(t, bastion.bootPort, 1000, 1)
  for (let waited = 0; waited < 100 && one.open() > 100; waited += 1) await sleep(100)
  t.ok(one.open() <= 100, `${one.open()} of one address are left`)
  const few = await silentSockets(t, bastion.bootPort, 1000, 10)
  for (let waited = 0; waited < 100 && one.open() + few.open() > 300; waited += 1) await sleep(100)
  t.ok(one.open() + few.open() <= 300, `${one.open() + few.open()} of all are left`)
  const machine = new SimulatedMachine(bastion, 1)
  const control = await silentSockets(t, bastion.controlPort, 500, 1)
  const discovered = await machine.discover()
  t.equal(discovered.status, 200, discovered.body.toString().slice(0, 300))
  const waiting = machine.next()
  const more = await silentSockets(t, bastion.controlPort, 500, 3)
  t.equal((await waiting).body.toString(), 'wait', 'a poll that is held open is no silent connection')
  for (let waited = 0; waited < 100 && control.open() + more.open() > 300; waited += 1) await sleep(100)
  t.ok(control.open() + more.open() <= 300)
})

t.test('a body that comes byte by byte is cut off, and nobody waits for it', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.overlay(await machine.dispatch())
  const slow = httpsRequest({ host: '127.0.0.1', port: bastion.controlPort, method: 'POST', path: '/api/boot/facts', rejectUnauthorized: false, agent: false, headers: { authorization: `Bearer ${machine.bearer}`, 'content-type': 'application/x-tar', 'content-length': 1_000_000 } })
  const began = Date.now()
  const ended = new Promise<string>(resolve => {
    slow.on('error', error => { resolve(error.message) })
    slow.on('response', response => { resolve(String(response.statusCode)); response.resume() })
    slow.on('close', () => { resolve('closed') })
  })
  const drip = setInterval(() => { slow.write('x') }, 1000)
  t.teardown(() => { clearInterval(drip); slow.destroy() })
  t.equal((await machine.facts()).status, 200, 'the same machine, in the meantime')
  const end = await ended
  t.ok(Date.now() - began < 80_000, `it ended after ${((Date.now() - began) / 1000).toFixed(0)} s (${end})`)
  t.match(end, /408|hang up|ECONNRESET|EPIPE|closed/)
})

t.test('headers that come byte by byte, or are larger than anybody’s, are refused', async t => {
  const bastion = await startLoopbackBastion(t)
  const talk = async (text: string, drip: string) => {
    const socket = connect(bastion.bootPort, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => { answer += chunk.toString('latin1') })
    socket.on('error', () => undefined)
    socket.write(text)
    const timer = setInterval(() => { if (drip !== '' && socket.writable) socket.write(drip) }, 500)
    const began = Date.now()
    await new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
    clearInterval(timer)
    return { answer, seconds: (Date.now() - began) / 1000 }
  }
  t.match((await talk(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`, '')).answer, /^HTTP\/1\.1 431/)
  const slow = await talk('GET /boot.ipxe HTTP/1.1\r\nhost: x\r\nx-slow: ', 'y')
  t.ok(slow.seconds < 25, `headers that never end are given up after ${slow.seconds} s`)
  const idle = await talk('GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n', '')
  t.match(idle.answer, /^HTTP\/1\.1 200/)
  t.ok(idle.seconds < 25, `a connection that says nothing more is closed after ${idle.seconds} s`)
})
