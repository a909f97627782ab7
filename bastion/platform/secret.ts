import { hash, randomBytes } from 'node:crypto'

/** A new secret: 128 random bits, base64url, 22 characters. */
export function newSecret(): string {
  return randomBytes(16).toString('base64url')
}

/** The form in which a secret is stored and looked up: its SHA-256. Enough for secrets of 128 random bits; comparing by index lookup of a hash leaks nothing useful by timing. */
export function hashSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}
