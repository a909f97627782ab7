import { execFileSync, spawn } from 'node:child_process'
import { createHash, createPublicKey, createVerify, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = fileURLToPath(new URL('../../../templates/image/files/usr/lib/labctl/first-boot', import.meta.url))

/** A bastion that answers with these codes in turn, and a machine's folder that trusts it. */
async function machineAndBastion(folder: string, answers: number[], wrongPin = false) {
  const make = (name: string, subject: string) => execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`), '-subj', subject, '-days', '1'], { stdio: 'ignore' })
  make('tls', '/CN=bastion')
  make('machine', '/CN=machine')
  const seen: { body: string, signature: string }[] = []
  const server = createServer({ key: readFileSync(join(folder, 'tls.key')), cert: readFileSync(join(folder, 'tls.crt')) }, (request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() }).on('end', () => {
      seen.push({ body, signature: String(request.headers['labctl-machine-signature']) })
      response.writeHead(answers.shift() ?? 500).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { publicKey } = new X509Certificate(readFileSync(join(folder, 'tls.crt')))
  const pin = createHash('sha256').update(wrongPin ? 'another key' : publicKey.export({ type: 'spki', format: 'der' })).digest('base64')
  writeFileSync(join(folder, 'install.env'), `LABCTL_ORDER='order-1'\nLABCTL_ATTEMPT='2'\nLABCTL_URL='https://127.0.0.1:${(server.address() as AddressInfo).port}'\nLABCTL_PIN='sha256//${pin}'\n`)
  const child = spawn('sh', [script], { env: { LABCTL_FOLDER: folder, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, stdio: ['ignore', 'pipe', 'inherit'] })
  return { server, seen, child, machineKey: createPublicKey(readFileSync(join(folder, 'machine.crt'))) }
}

t.test('a first boot is told again until the bastion takes it, signed with the machine’s key, and then never more', async t => {
  const folder = t.testdir()
  const { server, seen, child, machineKey } = await machineAndBastion(folder, [503, 200])
  t.teardown(() => { server.close() })
  const [code] = await once(child, 'exit') as [number]
  t.equal(code, 0)
  t.equal(seen.length, 2)
  for (const { body, signature } of seen) {
    t.match(JSON.parse(body), { phase: 'first-boot', attempt: 2, order: 'order-1', bootId: /^[0-9a-f-]{36}$/, machine: String, at: Number })
    t.equal(createVerify('sha256').update(body).verify(machineKey, signature, 'base64'), true)
  }
  t.equal(existsSync(join(folder, 'install.env')), false)
  t.equal(existsSync(join(folder, 'install.done')), true)
  const again = spawn('sh', [script], { env: { LABCTL_FOLDER: folder, PATH: '/usr/bin:/bin' }, stdio: 'ignore' })
  t.strictSame(await once(again, 'exit'), [0, null])
  t.equal(seen.length, 2)
})

t.test('a bastion whose key is not the pinned one hears nothing', async t => {
  const folder = t.testdir()
  const { server, seen, child } = await machineAndBastion(folder, [200], true)
  t.teardown(() => { child.kill(); server.close() })
  const [line] = await once(child.stdout, 'data') as [Buffer]
  t.match(line.toString(), /answered 000; asking again/)
  t.strictSame(seen, [])
  t.equal(existsSync(join(folder, 'install.env')), true)
})
