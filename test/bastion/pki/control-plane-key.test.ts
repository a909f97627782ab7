import { createHash, createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { loadControlPlaneKey } from '../../../bastion/pki/control-plane-key.ts'

const now = Date.UTC(2026, 5, 1)

t.test('the key is made once and kept; its certificates come and go', async t => {
  const folder = join(t.testdir(), 'tls')
  const first = await loadControlPlaneKey(folder, ['10.77.0.1'], now)
  const second = await loadControlPlaneKey(folder, ['10.77.0.2'], now + 86_400_000)
  t.equal(first.keyPem, second.keyPem)
  t.same(first.pins, second.pins)
  t.not(first.certificatePem, second.certificatePem)
  t.match(new X509Certificate(first.certificatePem), { subjectAltName: 'IP Address:10.77.0.1' })
  t.match(new X509Certificate(second.certificatePem), { subjectAltName: 'IP Address:10.77.0.2' })
})

t.test('the pin is the SHA-256 of the key in the certificate, and the spare’s stays when the spare is moved away', async t => {
  const folder = join(t.testdir(), 'tls')
  const key = await loadControlPlaneKey(folder, ['127.0.0.1'], now)
  const certificate = new X509Certificate(key.certificatePem)
  t.equal(createHash('sha256').update(certificate.publicKey.export({ type: 'spki', format: 'der' })).digest('base64'), key.pins[0])
  t.ok(certificate.checkPrivateKey(createPrivateKey(key.keyPem)))
  t.equal(key.pins.length, 2)
  t.not(key.pins[0], key.pins[1])
  rmSync(join(folder, 'spare.key'))
  t.same((await loadControlPlaneKey(folder, ['127.0.0.1'], now)).pins, key.pins)
})

t.test('nobody else can read the keys, and keys that others can read are refused', async t => {
  const folder = join(t.testdir(), 'tls')
  await loadControlPlaneKey(folder, ['127.0.0.1'], now)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  for (const name of readdirSync(folder).filter(file => file.endsWith('.key'))) t.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  chmodSync(join(folder, 'control-plane.key'), 0o644)
  await t.rejects(loadControlPlaneKey(folder, ['127.0.0.1'], now), { message: /can be read by other users/, nextStep: /chmod 600/ })
})

t.test('the key is P-256', async t => {
  const key = await loadControlPlaneKey(join(t.testdir(), 'tls'), ['127.0.0.1'], now)
  t.equal(createPublicKey(key.keyPem).asymmetricKeyDetails?.namedCurve, 'prime256v1')
})
