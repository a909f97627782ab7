import { createPublicKey } from 'node:crypto'

/** A machine's public key in its one form: SPKI PEM of a P-256 key (RFC 5480, RFC 7468). Null for anything else: a private key, another curve, other text around it. */
export function parsePublicKey(pem: string): string | null {
  if (!/^-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]{80,400}-----END PUBLIC KEY-----\s*$/.test(pem)) return null
  try {
    const key = createPublicKey({ key: pem, format: 'pem', type: 'spki' })
    const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
    return isP256 ? String(key.export({ type: 'spki', format: 'pem' })) : null
  } catch {
    return null
  }
}
