// Decides whether the disks that an operator wants erased are the ones they take them for: each by its identity, with its serial typed again.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { EraseRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { describeDisk, diskName, isDisk } from '../volumes/disk-identity.ts'

/** The by-id names of the disks, or every refusal. */
export function judgeErase(facts: Facts, wanted: Readonly<EraseRequest['disks']>): { kind: 'disks', byIds: string[] } | { kind: 'refused', refusals: Refusal[] } {
  const judged = wanted.map(({ disk, serial }) => judgeOne(facts.disks.filter(seen => seen.sizeBytes > 0), disk, serial))
  const refusals = judged.flatMap(one => 'code' in one ? [one] : [])
  if (refusals.length > 0) return { kind: 'refused', refusals }
  return { kind: 'disks', byIds: [...new Set(judged.flatMap(one => 'byId' in one ? [one.byId] : []))] }
}

/** A serial as it is compared and stored: the kernel pads it with spaces, and by-id names fold them. */
export const plainSerial = (serial: string): string => serial.trim().replaceAll(/ +/g, ' ')

function judgeOne(disks: readonly Disk[], identity: string, serial: string): Refusal | { byId: string } {
  const found = disks.filter(disk => isDisk(disk, identity))
  const [disk] = found
  const has = disks.length === 0 ? 'none' : disks.map(describeDisk).join('; ')
  if (disk === undefined) return { code: 'erase-unknown-disk', because: `No disk of the machine is known by ${JSON.stringify(identity)}. It has: ${has}.`, nextStep: 'Name the disk by its by-id name, WWN or serial, exactly as labctl provision describe shows it.' }
  if (found.length > 1) return { code: 'erase-ambiguous', because: `${JSON.stringify(identity)} fits ${found.length} disks: ${found.map(describeDisk).join('; ')}.`, nextStep: 'Name it by its WWN or by-id name, which differ.' }
  const byId = diskName(disk)
  const recorded = plainSerial(disk.serial ?? '')
  if (byId === null || recorded === '') return { code: 'erase-no-serial', because: `${describeDisk(disk)} has no serial or no name that stays with it, so it can’t be told for certain.`, nextStep: 'Erase it by hand: labctl provision rescue.' }
  if (recorded !== plainSerial(serial)) return { code: 'serial-mismatch', because: `The serial typed for ${byId} is ${JSON.stringify(serial)}; the disk’s is ${JSON.stringify(recorded)}.`, nextStep: 'Look at the disk’s label, and type the serial as it stands there, if it is really this disk.' }
  return { byId }
}
