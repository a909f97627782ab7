import { Readable } from 'node:stream'
import { generateKeyPairSync } from 'node:crypto'
import { pack } from 'tar-stream'
import t from 'tap'
import { parsePublicKey } from '../../../bastion/machines/parse-public-key.ts'
import { readReport, reportLimits } from '../../../bastion/machines/read-report.ts'
import { readFixture, recordedReports } from './read-fixture.ts'

type Entry = { name: string, type?: 'symlink' | 'link' | 'directory' | 'fifo' | 'character-device', linkname?: string, content?: string | Buffer }
const pemOf = (curve: string) => generateKeyPairSync('ec', { namedCurve: curve }).publicKey.export({ type: 'spki', format: 'pem' })
const key: Entry = { name: 'public-key.pem', content: pemOf('P-256') }

async function tar(...entries: Entry[]): Promise<Buffer> {
  const packing = pack()
  for (const { content = '', ...header } of entries) packing.entry(header, content)
  packing.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of packing) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

for (const name of recordedReports) {
  t.test(`the recorded report ${name} is read, as one buffer and as a stream of small pieces`, async t => {
    const body = readFixture(name)
    const whole = await readReport(body)
    const pieces = await readReport(Readable.from(Array.from({ length: Math.ceil(body.length / 700) }, (_, at) => body.subarray(at * 700, at * 700 + 700))))
    t.ok(whole.files.has('lsblk.json'))
    t.same([...whole.files], [...pieces.files])
    t.match(whole.publicKey, /^-----BEGIN PUBLIC KEY-----/)
  })
}

t.test('names that no report has are refused', async t => {
  for (const name of ['../etc/passwd', '/etc/passwd', 'dmi/../../x', 'signatures/../x', 'dmi/x/y', 'hello', 'public-key.pem/x', 'signatures/$(id)']) {
    await t.rejects(readReport(await tar(key, { name, content: 'x' })), { code: 'BST_FACTS_INVALID', message: /is no file of a report/ }, name)
  }
})

t.test('links, devices and folders with other names are refused', async t => {
  const bad: Entry[] = [{ name: 'uname', type: 'symlink', linkname: '/etc/shadow' }, { name: 'uname', type: 'link', linkname: 'public-key.pem' }, { name: 'uname', type: 'fifo' }, { name: 'uname', type: 'character-device' }, { name: 'etc/', type: 'directory' }]
  for (const entry of bad) await t.rejects(readReport(await tar(key, entry)), { code: 'BST_FACTS_INVALID' }, entry.type ?? '')
})

t.test('a name that comes twice is refused', async t => {
  await t.rejects(readReport(await tar(key, { name: 'uname', content: 'a' }, { name: './uname', content: 'b' })), { code: 'BST_FACTS_INVALID', message: /uname comes twice/ })
})

t.test('what is too large is refused: a file, the number of files, the whole', async t => {
  await t.rejects(readReport(await tar(key, { name: 'uname', content: Buffer.alloc(5 * 2 ** 20) })), { code: 'BST_TOO_LARGE', message: /uname has 5242880 bytes/ })
  await t.rejects(readReport(await tar(key, { name: 'uname' }, { name: 'clock' }), { ...reportLimits, entries: 2 }), { code: 'BST_TOO_LARGE', message: /more than 2 files/ })
  await t.rejects(readReport(Buffer.alloc(10 * 2 ** 20)), { code: 'BST_TOO_LARGE', message: /larger than 8388608 bytes/ })
})

t.test('of an endless stream no more is read than the limit', async t => {
  let sent = 0
  const endless = Readable.from((function* () { for (;;) { sent += 65_536; yield Buffer.alloc(65_536) } })())
  await t.rejects(readReport(endless), { code: 'BST_TOO_LARGE' })
  t.ok(sent < reportLimits.totalBytes + 4 * 65_536)
})

t.test('what is no tar, or a part of one, is refused', async t => {
  const good = await tar(key, { name: 'cpuinfo', content: Buffer.alloc(3000, 'x') })
  for (const body of [Buffer.from('{"hello":1}'), Buffer.alloc(2000, 'A'), good.subarray(0, 2500), Buffer.alloc(0)]) {
    await t.rejects(readReport(body), { code: 'BST_FACTS_INVALID' })
  }
})

t.test('a report must bring one P-256 public key and nothing else in its place', async t => {
  await t.rejects(readReport(await tar({ name: 'uname', content: 'x86_64' })), { message: /public-key\.pem is not there/ })
  const privatePem = String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }))
  const rsa = String(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ type: 'spki', format: 'pem' }))
  for (const pem of [String(pemOf('P-384')), String(pemOf('secp256k1')), privatePem, rsa, `x\n${key.content}`, `${key.content}${key.content}`, '-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n']) t.equal(parsePublicKey(pem), null)
  const pem = String(key.content)
  t.equal(parsePublicKey(pem), pem)
  t.equal(parsePublicKey(pem.replaceAll('\n', '\r\n')), pem, 'one form, whatever the line ends')
})
