// Which UUID each thing of a plan gets: derived from one random seed, so that the same order asked twice has the same answer.
import { createHash } from 'node:crypto'

/** A UUIDv8 (RFC 9562, section 5.8) for one thing of the plan whose seed this is: the same seed and name give the same UUID. Refuses a seed that is no UUID. */
export function deriveUuid(seed: string, name: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(seed)) throw new TypeError(`A plan's seed must be a lower-case UUID, got ${JSON.stringify(seed)}.`)
  const hex = createHash('sha256').update(`${seed}\n${name}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A UUID as LVM spells one: 32 characters in groups of 6-4-4-4-4-4-6 (pvcreate(8), --uuid). */
export function lvmUuid(uuid: string): string {
  return uuid.replaceAll('-', '').replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7')
}

/** A FAT volume id as blkid and fstab spell it, `0123-ABCD`, taken from a UUID's last 32 bits. */
export function fatVolumeId(uuid: string): string {
  return uuid.slice(-8).toUpperCase().replace(/^(.{4})/, '$1-')
}
