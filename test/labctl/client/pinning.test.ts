import { createServer as createNetServer, connect, type AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { loadControlPlaneKey } from '../../../bastion/pki/control-plane-key.ts'
import { sendRequest } from '../../../labctl/client/send-request.ts'
import { openEvents } from '../../../labctl/client/open-events.ts'
import { standInBastion } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

const wrongPin = `${'A'.repeat(43)}=`
const patience = { timeoutMs: 10_000, signal: new AbortController().signal }

t.test('a server with another key gets not one byte of a request, by HTTP or WebSocket', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-pin-'))
  t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
  const key = await loadControlPlaneKey(folder, ['127.0.0.1'], Date.now())
  let bytes = 0
  const ended: Promise<void>[] = []
  const server = createServer({ key: key.keyPem, cert: key.certificatePem }, socket => {
    socket.on('data', data => { bytes += data.length })
    socket.on('error', () => undefined)
  })
  server.on('connection', socket => { ended.push(new Promise(resolve => { socket.on('close', () => { resolve() }) })) })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => { server.close() })
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const to = { url, pins: [wrongPin], token: 'a-secret-token', socket: null }
  await t.rejects(sendRequest(to, { method: 'GET', path: '/api/machines' }, patience), { code: 'pin-mismatch', exit: 'unreachable' })
  await t.rejects(openEvents(to, null, { onEntry: () => undefined, signal: patience.signal }), { code: 'pin-mismatch' })
  t.equal(ended.length, 2, 'both reached the server')
  await Promise.all(ended)
  t.equal(bytes, 0)
})

t.test('the right key, alone or as one of several, lets the request through', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('version', () => ({ body: { version: '9.9.9', node: '26' } }))
  for (const pin of [bastion.pin, `sha256//${bastion.pin}`, `${wrongPin};${bastion.pin}`]) {
    const { code, out } = await runLabctl(t, ['version'], { env: { ...pointAt(bastion), LABCTL_PIN: pin } })
    t.equal(code, 0)
    t.match(out, '9.9.9')
  }
})

t.test('a wrong pin ends a command with 6 and says that nothing was sent', async t => {
  const bastion = await standInBastion(t)
  const { code, err } = await runLabctl(t, ['provision', 'list'], { env: { ...pointAt(bastion), LABCTL_PIN: wrongPin } })
  t.equal(code, 6)
  t.match(err, 'Nothing was sent to it')
  t.same(bastion.asked, [])
})

t.test('a Unix socket that relays is used instead of TCP, with the same pin', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('list', () => ({ body: { machines: [] } }))
  const folder = mkdtempSync(join(tmpdir(), 'labctl-relay-'))
  const port = Number(new URL(bastion.url).port)
  const relay = createNetServer(inner => { const outer = connect({ host: '127.0.0.1', port }); inner.pipe(outer).pipe(inner); inner.on('error', () => outer.destroy()); outer.on('error', () => inner.destroy()) })
  await new Promise<void>(resolve => { relay.listen(join(folder, 'control.sock'), resolve) })
  t.teardown(() => { relay.close(); rmSync(folder, { recursive: true, force: true }) })
  const env = { ...pointAt(bastion), LABCTL_URL: 'https://10.255.255.1:8443', LABCTL_SOCKET: join(folder, 'control.sock') }
  t.equal((await runLabctl(t, ['provision', 'list'], { env })).code, 0)
  const asked = bastion.asked.length
  const wrong = await runLabctl(t, ['provision', 'list'], { env: { ...env, LABCTL_PIN: wrongPin } })
  t.equal(wrong.code, 6)
  t.equal(bastion.asked.length, asked, 'nothing was sent')
})
