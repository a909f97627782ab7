// The whole daemon on loopback, and senders over real sockets.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { spawn } from 'node:child_process'
import t, { type Test } from 'tap'
import { WebSocket } from 'ws'
import type { LogLine, LogSender } from '../../../protocol/machine-logs.ts'
import { SimulatedMachine, freePort, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'

async function started(t: Test, more: Record<string, unknown> = {}, limits: Record<string, unknown> = {}) {
  const port = await freePort()
  const bastion = await startLoopbackBastion(t, { logIntake: { addresses: ['127.0.0.1'], port, ...more }, limits })
  return { bastion, port }
}

const linesOf = async (bastion: LoopbackBastion, sender: string, after = 0) => ((await bastion.control('GET', `/api/logs/${sender}?after=${after}&limit=10000`)).json() as unknown as { lines: LogLine[] }).lines
const textsOf = async (bastion: LoopbackBastion, sender: string) => (await linesOf(bastion, sender)).map(line => line.text)

async function until<T>(ask: () => Promise<T>, good: (value: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const value = await ask()
    if (good(value) || tries > 200) return value
    await sleep(100)
  }
}

async function tcp(t: Test, port: number, from: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from })
  socket.on('error', () => undefined)
  t.teardown(() => { socket.destroy() })
  await once(socket, 'connect')
  return socket
}

async function udp(port: number, from: string, messages: readonly (string | Buffer)[]): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, from)
  await once(socket, 'listening')
  for (const message of messages) await new Promise<void>((resolve, reject) => { socket.send(message, port, '127.0.0.1', error => { if (error === null) resolve(); else reject(error) }) })
  socket.close()
}

t.test('lines over TCP and UDP are shown of the machine that their address is of, and advance nothing', async t => {
  const { bastion, port } = await started(t)
  const machine = new SimulatedMachine(bastion, 1)
  machine.address = '127.0.0.2'
  await machine.discover()
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
  const before = (await bastion.control('GET', '/api/machines/worker-1')).json()
  const socket = await tcp(t, port, '127.0.0.2')
  socket.write('6,1,5000000,-;e1000: link up\n SUBSYSTEM=net\n12 <3>disk: bad<6>reboot: first-boot\nlabctl: install done (8 s)\n')
  await udp(port, '127.0.0.2', ['<30>1 2026-11-21T12:00:00Z h anaconda - - - over UDP', Buffer.from([0xff, 0x00, 0xfe]), ''])
  const lines = await until(() => linesOf(bastion, 'worker-1'), found => found.length >= 6)
  t.same(new Set(lines.map(line => `${line.severity} ${line.program} ${line.text}`)), new Set(['6 kernel [    5.000000] e1000: link up', '3 disk bad', '6 reboot first-boot', 'null labctl install done (8 s)', '6 anaconda over UDP', 'null null \ufffd\0\ufffd']))
  t.same(lines.map(line => line.address), lines.map(() => '127.0.0.2'))
  const after = (await bastion.control('GET', '/api/machines/worker-1')).json()
  t.same(after['timeline'], before['timeline'], 'not one timeline entry more')
  t.same((after['machine'] as { order: unknown }).order, (before['machine'] as { order: unknown }).order)
  const { senders } = (await bastion.control('GET', '/api/logs')).json() as unknown as { senders: LogSender[] }
  t.match(senders, [{ name: 'worker-1', address: '127.0.0.2', lines: 6, dropped: 0 }])
  t.equal((await bastion.boot('/api/logs')).status, 404, 'and nothing of it on the boot plane')
})

t.test('a stranger’s lines stand under its MAC once it dispatched, and become the machine’s; others’ under their address', async t => {
  const { bastion, port } = await started(t)
  const machine = new SimulatedMachine(bastion, 1)
  machine.address = '127.0.0.3'
  await machine.overlay(await machine.dispatch())
  await udp(port, '127.0.0.3', ['<6>early'])
  await udp(port, '127.0.0.4', ['<6>who am I'])
  t.same(await until(() => textsOf(bastion, machine.mac), found => found.length > 0), ['early'])
  t.same(await textsOf(bastion, '127.0.0.4'), ['who am I'])
  t.same(await textsOf(bastion, '127.0.0.99'), [])
  await machine.facts()
  t.same(await textsOf(bastion, machine.mac), ['early'])
  t.match((await bastion.control('GET', '/api/logs/no-such-machine')).json(), { status: 404, code: 'BST_NOT_FOUND' })
})

t.test('a flood over UDP and TCP is dropped and counted, and keeps no machine from booting', async t => {
  const { bastion, port } = await started(t, { linesPerSecond: 100 })
  const machine = new SimulatedMachine(bastion, 1)
  machine.address = '127.0.0.5'
  await machine.discover()
  const timed = async () => {
    const times: number[] = []
    for (let turn = 0; turn < 30; turn += 1) {
      const began = performance.now()
      t.match(await machine.dispatch(), /^#!ipxe/)
      times.push(performance.now() - began)
    }
    return times.toSorted((one, other) => one - other)[15]!
  }
  const quiet = await timed()
  const program = `const [port, ms] = process.argv.slice(1).map(Number); const socket = require('node:dgram').createSocket('udp4'); const stream = require('node:net').connect({ port, host: '127.0.0.1', localAddress: '127.0.0.6' })
    stream.on('error', () => {}); const block = Buffer.from('<3>flood: the same line again and again\\n'.repeat(1000)); let until = Date.now() + ms; let sent = 0; process.stdin.on('end', () => { until = 0 }).resume()
    socket.bind(0, '127.0.0.7', function more() { for (let i = 0; i < 500; i++) { socket.send('<3>flood: a datagram', port, '127.0.0.1'); sent++ } if (stream.writableLength < 1e6) { stream.write(block); sent += 1000 } if (Date.now() < until) setTimeout(more, 10); else { console.log(sent); process.exit() } })`
  const other = await tcp(t, port, machine.address)
  const flood = spawn(process.execPath, ['-e', program, String(port), '60000'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const began = performance.now()
  let sent = ''
  flood.stdout.on('data', (chunk: Buffer) => { sent += chunk.toString() })
  await sleep(1000)
  const busy = await timed()
  // Over TCP: of what comes over UDP in a flood the kernel drops most before anybody can say whose it was.
  other.write('<3>mine\n')
  t.same(await until(() => textsOf(bastion, machine.mac), found => found.length > 0), ['mine'], 'lines of others still come through')
  await sleep(Math.max(0, began + 8000 - performance.now()))
  t.equal(flood.exitCode, null, 'while the flood goes on')
  const seconds = (performance.now() - began) / 1000
  flood.stdin.end()
  await once(flood, 'close')
  t.ok(Number(sent) > 20_000, `${sent.trim()} lines were sent within ${seconds.toFixed(0)} s`)
  t.ok(busy < Math.max(250, quiet * 20), `dispatch: ${busy.toFixed(1)} ms in the flood, ${quiet.toFixed(1)} ms without`)
  const told = await until(() => linesOf(bastion, '127.0.0.7'), found => found.some(line => line.dropped > 0))
  t.ok(told.filter(line => line.dropped === 0).length <= 1000 + (seconds + 4) * 100, `${told.length} lines were taken`)
  t.match(told.find(line => line.dropped > 0)?.text, /lines were dropped here/)
  await udp(port, machine.address, ['<3>over UDP'])
  t.same(await until(() => textsOf(bastion, machine.mac), found => found.length > 1), ['mine', 'over UDP'], 'and over UDP when it is over')
  const metrics = (await bastion.control('GET', '/metrics')).body.toString()
  t.match(metrics, /labctl_log_lines_total\{what="dropped"\} \d{4,}/)
  const detailed = (await bastion.control('GET', '/health/detailed')).json() as { parts: { name: string, detail: string }[] }
  t.match(detailed.parts.find(({ name }) => name === 'log-intake')?.detail, /lines so far, \d{4,} dropped/)
})

t.test('a line of a megabyte, NULs and half a message do no harm; the oldest silent connection goes first', async t => {
  const { bastion, port } = await started(t, {}, { connectionsPerAddress: 4, connections: 16 })
  const socket = await tcp(t, port, '127.0.0.8')
  socket.write(`<3>${'x'.repeat(1_000_000)}\n<3>next\n`)
  socket.write(Buffer.alloc(300_000))
  socket.end('<3>the end, without a line feed')
  const texts = await until(() => textsOf(bastion, '127.0.0.8'), found => found.length >= 3)
  t.same([texts[0]!.length <= 2002, ...texts.slice(1)], [true, 'next', 'the end, without a line feed'])
  const many: Socket[] = []
  for (let turn = 0; turn < 6; turn += 1) many.push(await tcp(t, port, '127.0.0.9'))
  await until(() => Promise.resolve(many.filter(one => one.destroyed || one.readableEnded).length), count => count >= 2)
  for (const one of many) one.on('data', () => undefined)
  await until(() => Promise.resolve(many.map(one => one.destroyed)), closed => closed[0]! && closed[1]!)
  t.same(many.map(one => one.destroyed), [true, true, false, false, false, false])
  many[5]!.write('<6>still here\n')
  t.same(await until(() => textsOf(bastion, '127.0.0.9'), found => found.length > 0), ['still here'])
})

t.test('who watches is told lines as they come: none, errors or all', async t => {
  const { bastion, port } = await started(t)
  const heard: Record<string, string[]> = {}
  for (const choice of ['none', 'errors', 'all']) {
    heard[choice] = []
    const ws = new WebSocket(`wss://127.0.0.1:${bastion.controlPort}/ws/events?logs=${choice}`, { rejectUnauthorized: false, headers: { authorization: `Bearer ${bastion.token}` } })
    t.teardown(() => { ws.terminate() })
    ws.on('message', data => { for (const line of (JSON.parse(String(data as Buffer)) as { logs?: LogLine[] }).logs ?? []) heard[choice]!.push(line.text) })
    await once(ws, 'open')
  }
  const bad = new WebSocket(`wss://127.0.0.1:${bastion.controlPort}/ws/events?logs=some`, { rejectUnauthorized: false, headers: { authorization: `Bearer ${bastion.token}` } })
  t.match(await once(bad, 'error'), [{ message: /400/ }])
  await udp(port, '127.0.0.4', ['<6>fine', '<3>bad', 'plain'])
  await until(() => Promise.resolve(heard['all']!.length), count => count === 3)
  t.same(heard, { none: [], errors: ['bad'], all: ['fine', 'bad', 'plain'] })
})

t.test('it is off where the boot plane is on loopback and nothing is named, and refuses a port that is taken', async t => {
  const bastion = await startLoopbackBastion(t)
  const detailed = (await bastion.control('GET', '/health/detailed')).json() as { parts: { name: string, detail: string }[] }
  t.match(detailed.parts.find(({ name }) => name === 'log-intake'), { detail: 'The log intake is off.' })
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.teardown(() => { taken.close() })
  await t.rejects(startLoopbackBastion(t, { logIntake: { addresses: ['127.0.0.1'], port: (taken.address() as AddressInfo).port } }), { message: /BST_PORT_TAKEN: 127\.0\.0\.1 port \d+ is taken by another program, and the log intake[^]*logIntake\.addresses: \[\]/ })
})

t.test('kept lines are there after a restart', async t => {
  const { bastion, port } = await started(t)
  await udp(port, '127.0.0.4', ['<6>before'])
  await until(() => textsOf(bastion, '127.0.0.4'), found => found.length > 0)
  await bastion.kill()
  await bastion.start()
  t.same(await textsOf(bastion, '127.0.0.4'), ['before'])
})
