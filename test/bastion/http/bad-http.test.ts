// What firmware, or whoever pretends to be one, can send instead of HTTP.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { judgeBadHttp } from '../../../bastion/http/judge-bad-http.ts'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'
import { checkScript } from '../../fuzz/check-script.ts'

/** All that is answered to these pieces, each sent a moment after the one before. */
async function talk(port: number, pieces: readonly (string | Buffer)[]): Promise<{ head: string, body: string }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const failures: string[] = []
  socket.on('error', error => { failures.push(error.message) })
  let heard = ''
  socket.on('data', (chunk: Buffer) => { heard += chunk.toString('latin1') })
  await once(socket, 'connect')
  const closed = new Promise<void>(resolve => { socket.once('close', () => { resolve() }) })
  for (const [index, piece] of pieces.entries()) {
    if (index > 0) await sleep(20)
    socket.write(piece)
  }
  await closed
  if (heard === '') throw new Error(`nothing was answered: ${failures.join(', ')}`)
  const [head = '', body = ''] = heard.split('\r\n\r\n')
  return { head, body }
}

t.test('a dispatch of more than 8 KiB is answered with a script that says so and goes on with the local disk', async t => {
  const bastion = await startLoopbackBastion(t)
  const long = `GET /dispatch?mac=52:54:00:00:00:01&serial=${'A'.repeat(20_000)}&platform=efi HTTP/1.1\r\nHost: x\r\n\r\n`
  const header = `GET /dispatch?mac=52:54:00:00:00:01 HTTP/1.1\r\nHost: x\r\nX-Long: ${'y'.repeat(200_000)}\r\n\r\n`
  const segments = Array.from({ length: Math.ceil(long.length / 1460) }, (_, at) => long.slice(at * 1460, (at + 1) * 1460))
  for (const pieces of [[long], [header], segments]) {
    const { head, body } = await talk(bastion.bootPort, pieces)
    t.match(head, /^HTTP\/1\.1 200 OK\r\n/)
    t.match(head, new RegExp(`content-length: ${Buffer.byteLength(body)}`, 'i'))
    t.match(head, /connection: close/i)
    checkScript(body)
    t.match(body, /echo labctl: REFUSED\. The request is longer than 8 KiB[^]*iseq \$\{platform\} efi && exit 1 \|\|\nsanboot/)
  }
  const fits = await talk(bastion.bootPort, [`GET /dispatch?mac=52:54:00:00:00:01&serial=${'A'.repeat(7000)}&buildarch=x86_64 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`])
  t.match(fits.body, /kernel http/, 'what fits is answered as ever')
})

t.test('a dispatch that is no HTTP gets a script too, and everything else a plain refusal', async t => {
  const bastion = await startLoopbackBastion(t)
  for (const request of ['GET /dispatch?serial=with spaces in it HTTP/1.1\r\n\r\n', 'GET /boot.ipxe HTTP/9.9\r\n\r\n', 'GET /dispatch?x=\0\u0001 HTTP/1.1\r\n\r\n', 'GET /dispatch HTTP/1.1\r\nBad Header\r\n\r\n', 'GET /dispatch HTTP/1.1\r\nContent-Length: -1\r\n\r\n']) {
    const { head, body } = await talk(bastion.bootPort, [request])
    t.match(head, /^HTTP\/1\.1 200 OK/, JSON.stringify(request))
    checkScript(body)
  }
  for (const request of ['\u0016\u0003\u0001\u0002\0\u0001\0', 'HELO x\r\n\r\n', 'GET /healthz HTTP/9.9\r\n\r\n', Buffer.alloc(100_000, 0xff)]) {
    const { head, body } = await talk(bastion.bootPort, [request])
    t.match(head, /^HTTP\/1\.1 400 Bad Request/)
    t.match(body, /not valid HTTP/)
  }
})

t.test('who goes on sending after the answer is cut off, and machines are served meanwhile', async t => {
  const bastion = await startLoopbackBastion(t)
  const sockets = Array.from({ length: 20 }, () => connect(bastion.bootPort, '127.0.0.1'))
  const block = Buffer.from('y'.repeat(65_536))
  const closed = sockets.map(socket => new Promise<void>(resolve => { socket.once('close', () => { resolve() }) }))
  for (const socket of sockets) {
    socket.on('error', () => undefined)
    socket.write('GET /dispatch?mac=')
    const more = () => { while (socket.writable && socket.write(block)) { /* until it is full */ } }
    socket.on('drain', more)
    more()
  }
  const machine = new SimulatedMachine(bastion, 1)
  t.equal((await machine.discover()).status, 200)
  const began = Date.now()
  await Promise.all(closed)
  t.ok(Date.now() - began < 20_000, 'every one of them is closed by the bastion')
})

t.test('each kind of error has its answer', async t => {
  t.match(judgeBadHttp('HPE_HEADER_OVERFLOW', 'GET /ramdisk/vmlinuz?x'), { status: 431, script: false })
  t.match(judgeBadHttp('HPE_HEADER_OVERFLOW', 'AAAAAAAA'), { status: 200, script: true })
  t.match(judgeBadHttp('HPE_INVALID_CONSTANT', 'AAAAAAAA'), { status: 400, script: false })
  t.match(judgeBadHttp('ERR_HTTP_REQUEST_TIMEOUT', ''), { status: 408, script: false })
  t.match(judgeBadHttp(null, 'GET /boot.ipxe'), { status: 200, script: true })
})
