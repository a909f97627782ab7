import 'reflect-metadata'
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { BastionError } from '../platform/bastion-error.ts'
import { writeAtomically } from '../platform/write-atomically.ts'

/** What the control plane's listener needs, and what machines pin. */
export interface ControlPlaneKey {
  keyPem: string
  certificatePem: string
  /** SHA-256 of the SPKI, base64 (RFC 7469, section 2.4): of the key in use, then of the spare. */
  pins: readonly string[]
}

/** The control plane's key, made once and kept: machines pin it, so it outlives every certificate. A spare is made beside it (`spare.key`), to be moved off the box: its pin is known to machines before it is ever needed. The certificate is self-made for `addresses`, anew at each start. Refuses keys that others can read. */
export async function loadControlPlaneKey(folder: string, addresses: readonly string[], now: number): Promise<ControlPlaneKey> {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const key = loadKey(join(folder, 'control-plane.key'))
  const sparePin = join(folder, 'spare.pin')
  if (!existsSync(sparePin)) writeAtomically(sparePin, `${spkiPin(loadKey(join(folder, 'spare.key')))}\n`, 0o644)
  return {
    keyPem: pem(key),
    certificatePem: await selfSigned(key, addresses, now),
    pins: [spkiPin(key), readFileSync(sparePin, 'utf8').trim()],
  }
}

/** SHA-256 over the DER of a key's SubjectPublicKeyInfo, base64. */
export function spkiPin(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('base64')
}

function loadKey(path: string): KeyObject {
  if (!existsSync(path)) writeAtomically(path, pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey), 0o600)
  if ((statSync(path).mode & 0o077) !== 0) throw new BastionError('BST_CONFIG_INVALID', `${path} can be read by other users.`, { nextStep: `chmod 600 ${path}; if others had access to it, remove it: machines that pinned it must then be installed again.` })
  return createPrivateKey(readFileSync(path))
}

function pem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

async function selfSigned(key: KeyObject, addresses: readonly string[], now: number): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = {
    privateKey: await webcrypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('spki', createPublicKey(key).export({ type: 'spki', format: 'der' }), algorithm, true, ['verify']),
  }
  const yearMs = 365 * 86_400_000
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=labctl bastion', keys, signingAlgorithm: algorithm,
    notBefore: new Date(now - 86_400_000), notAfter: new Date(now + yearMs),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(addresses.map(value => ({ type: 'ip', value }))),
    ],
  })
  return certificate.toString('pem')
}
