import { randomBytes } from 'node:crypto'

/** Time as a parameter: milliseconds since 1970. Tests give their own. */
export type Clock = () => number

/** The clock of the host. */
export const systemClock: Clock = () => Date.now()

/** A UUIDv7 (RFC 9562, section 5.7): sorts by time. The internal id of machines, orders and tickets. */
export function uuidv7(now: number): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
