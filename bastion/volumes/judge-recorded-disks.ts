// Whether the disks that were recorded are there, each once, and still what they were.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedDisk, StorageRecord } from '../../protocol/storage-record.ts'
import { describeDisk, gib, isDisk, stableNames } from './disk-identity.ts'
import { nameOf } from './judge-contents.ts'

/** A recorded disk and what it is now. */
export interface FoundDisk { recorded: RecordedDisk, disk: Disk }

type Identity = Pick<RecordedDisk, 'serial' | 'wwn' | 'sizeBytes'> & { byId: string | null }

/** The recorded disks that are there, and a refusal for each disk of ours or of the inventory that is missing or another. */
export function findRecordedDisks(record: StorageRecord, facts: Facts): { found: FoundDisk[], refusals: Refusal[] } {
  const found: FoundDisk[] = []
  const refusals: Refusal[] = []
  for (const recorded of record.disks) {
    const candidates = findDisks(recorded, facts.disks)
    const copies = recorded.tableUuid === null ? [] : facts.disks.filter(disk => !candidates.includes(disk) && disk.table?.uuid?.toLowerCase() === recorded.tableUuid?.toLowerCase())
    const [disk] = candidates
    if (disk === undefined) {
      const [copy] = copies
      if (copy !== undefined) refusals.push({ code: 'disk-changed', because: `${describeDisk(copy)} carries the partition table of ${recorded.byId}, but its ${whatDiffers(copy, recorded)} was recorded: it is another disk.`, nextStep: 'Put the recorded disk back. If its contents were moved to this disk on purpose: labctl provision adopt.' })
      else refusals.push({ code: 'disk-missing', because: `${recordedDisk(recorded)} was recorded as the ${recorded.role} disk of this machine, and was not seen.`, nextStep: recorded.role === 'data' ? `${nextStepMissing} If it is gone for good, take it out of the layout, and record the machine without it: labctl provision adopt.` : nextStepMissing })
      continue
    }
    if (candidates.length > 1) refusals.push({ code: 'disk-seen-twice', because: `${recordedDisk(recorded)} was expected once, and was seen ${candidates.length} times, as ${candidates.map(each => each.name).join(', ')}.`, nextStep: 'Connect the disk by one path, and retry.' })
    const moved = disk.table?.uuid?.toLowerCase() !== recorded.tableUuid?.toLowerCase()
    for (const copy of copies) refusals.push(moved
      ? { code: 'disk-changed', because: `${describeDisk(copy)} carries the partition table of ${recorded.byId} (${recorded.tableUuid}), and ${recorded.byId} does not have it any more: its contents were moved.`, nextStep: 'Put the contents back onto the recorded disk. If they were moved on purpose: labctl provision adopt.' }
      : { code: 'disk-seen-twice', because: `${describeDisk(copy)} carries the same partition table (${recorded.tableUuid}) as ${recorded.byId}: it is a copy of it.`, nextStep: 'Disconnect the copy, and retry.' })
    const changes = differences(recorded, disk)
    if (changes.length > 0) refusals.push({ code: 'disk-changed', because: `${describeDisk(disk)} is not the disk that was recorded as ${recorded.byId}: ${changes.join('; ')}.`, nextStep: 'Put the recorded disk back. If this machine was rebuilt on purpose: labctl provision adopt, or install.' })
    else if (disk.readOnly) refusals.push({ code: 'disk-read-only', because: `${describeDisk(disk)} is the ${recorded.role} disk, and it is read-only.`, nextStep: 'Remove the write protection, and retry.' })
    else if (candidates.length === 1 && copies.length === 0) found.push({ recorded, disk })
  }
  return { found, refusals: [...refusals, ...missingInventory(record, facts)] }
}

const nextStepMissing = 'Check cabling, power and the controller; then retry.'

function missingInventory(record: StorageRecord, facts: Facts): Refusal[] {
  const others = record.inventory.filter(entry => !record.disks.some(ours => (entry.byId !== null && ours.byId === entry.byId) || (entry.serial !== null && ours.serial === entry.serial && ours.sizeBytes === entry.sizeBytes)))
  const nameless = (sizeBytes: number): number => facts.disks.filter(disk => disk.sizeBytes === sizeBytes && disk.serial === null && disk.wwn === null && stableNames(disk).length === 0).length
  return others.flatMap(entry => {
    const anonymous = entry.byId === null && entry.serial === null && entry.wwn === null
    const same = anonymous ? [] : findDisks(entry, facts.disks).filter(disk => disk.sizeBytes === entry.sizeBytes)
    const other = same.find(disk => entry.serial !== null && disk.serial?.trim() !== entry.serial.trim())
    const there = anonymous ? nameless(entry.sizeBytes) >= others.filter(other => other.byId === null && other.serial === null && other.wwn === null && other.sizeBytes === entry.sizeBytes).length : same.length > 0 && other === undefined
    const name = entry.byId ?? entry.serial ?? entry.wwn
    if (there) return []
    const accept = name === null ? {} : { accept: `missing-disk=${word(name)}` }
    if (other !== undefined) return [{ code: 'disk-changed', because: `${describeDisk(other)} was recorded with the serial ${entry.serial}, and has ${other.serial ?? 'none'} now.`, nextStep: `Put the recorded disk back. If it was swapped on purpose: --accept missing-disk=${word(name!)}`, ...accept }]
    return [{ code: 'disk-missing', because: `${recordedDisk(entry)} was in this machine when it was recorded, and was not seen as it was; a disk that isn’t seen is not taken for gone.`, nextStep: name === null ? nextStepMissing : `${nextStepMissing.slice(0, -1)}. If it was removed on purpose: --accept missing-disk=${word(name)}`, ...accept }]
  })
}

const word = (name: string): string => name.trim().replaceAll(/[\s=]+/g, '_')
const recordedDisk = (disk: Identity): string => `The disk ${disk.byId ?? disk.serial ?? disk.wwn ?? 'without identity'}${disk.serial === null ? '' : ` (serial ${disk.serial.trim()})`} of ${gib(disk.sizeBytes)}`
const sameWwn = (a: string | null, b: string | null): boolean => a !== null && b !== null && plain(a) === plain(b)
const plain = (wwn: string): string => wwn.trim().toLowerCase().replace(/^(wwn-)?0x/, '')

function whatDiffers(copy: Disk, recorded: Identity): string {
  const what = copy.serial?.trim() === recorded.serial?.trim() ? ['WWN', copy.wwn, recorded.wwn] : ['serial', copy.serial, recorded.serial]
  return `${what[0]} is ${what[1] ?? 'unknown'}, and ${what[2] ?? 'none'}`
}

/** Disks that are this one by what is most telling: the same serial and no other WWN; else the same WWN; else the by-id name. */
function findDisks(identity: Identity, disks: readonly Disk[]): Disk[] {
  const { serial, wwn, byId } = identity
  const bySerial = serial === null ? [] : disks.filter(disk => disk.serial?.trim() === serial.trim() && (wwn === null || disk.wwn === null || sameWwn(disk.wwn, wwn)))
  const named = bySerial.filter(disk => byId !== null && isDisk(disk, byId))
  // Namespaces of one NVMe disk share its serial.
  if (bySerial.length > 1 && named.length === 1) return named
  if (bySerial.length > 0) return bySerial
  const byWwn = disks.filter(disk => sameWwn(disk.wwn, wwn))
  return byWwn.length > 0 ? byWwn : disks.filter(disk => byId !== null && stableNames(disk).includes(byId))
}

function differences(recorded: RecordedDisk, disk: Disk): string[] {
  const differs = (what: string, seen: string | number | null, expected: string | number | null): string[] => (seen === expected ? [] : [`its ${what} is ${seen ?? 'unknown'}, and ${expected ?? 'none'} was recorded`])
  return [
    ...differs('serial', disk.serial?.trim() ?? null, recorded.serial?.trim() ?? null),
    ...disk.wwn !== null && recorded.wwn !== null && !sameWwn(disk.wwn, recorded.wwn) ? differs('WWN', disk.wwn, recorded.wwn) : [],
    ...differs('size in bytes', disk.sizeBytes, recorded.sizeBytes),
    ...differs('sector size', disk.logicalSectorBytes, recorded.logicalSectorBytes),
    ...stableNames(disk).length === 0 ? [`it has no name under /dev/disk/by-id any more (now ${nameOf(disk)})`] : [],
  ]
}
