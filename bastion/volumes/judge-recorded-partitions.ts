// Whether the partitions that were recorded are still there, in their places, in the recorded table.
import type { Partition } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedDisk, StorageRecord } from '../../protocol/storage-record.ts'
import type { FoundDisk } from './judge-recorded-disks.ts'

export type RecordedPartition = RecordedDisk['partitions'][number]
/** A recorded partition and what it is now. */
export interface FoundPartition extends FoundDisk { partition: RecordedPartition, seen: Partition }

/** The recorded partitions of one disk that are there as recorded, and a refusal for each that isn’t. */
export function findRecordedPartitions({ recorded, disk }: FoundDisk, record: StorageRecord): { found: FoundPartition[], refusals: Refusal[] } {
  const name = recorded.byId
  if (disk.table?.type !== 'gpt' || disk.table.uuid?.toLowerCase() !== recorded.tableUuid?.toLowerCase()) {
    const seen = disk.table === null ? 'no partition table' : `a ${disk.table.type} table ${disk.table.uuid ?? 'without GUID'}`
    return { found: [], refusals: [{ code: 'table-changed', because: `${name} has ${seen}; the GPT ${recorded.tableUuid ?? 'without GUID'} was recorded.`, nextStep: 'If only the table is damaged, repair it from its copy (labctl provision rescue, then sgdisk), and retry. If the disk was partitioned anew on purpose: labctl provision adopt, or install.' }] }
  }
  const found: FoundPartition[] = []
  const refusals: Refusal[] = disk.signature === null || disk.signature.type === 'unreadable' ? [] : [{ code: 'table-changed', because: `${name} as a whole shows ${disk.signature.type}; only the recorded GPT was expected.`, nextStep: 'Look at it by hand (labctl provision rescue, then wipefs), and retry.' }]
  for (const partition of recorded.partitions) {
    const seen = disk.partitions.find(each => each.partUuid?.toLowerCase() === partition.partUuid.toLowerCase())
    const where = `partition ${partition.number} of ${name} (${partition.role})`
    if (seen === undefined) {
      const instead = disk.partitions.find(each => each.number === partition.number)
      refusals.push({ code: 'partition-missing', because: `The ${where} with PARTUUID ${partition.partUuid} was recorded, and is not there${instead === undefined ? '' : `; number ${partition.number} has ${instead.partUuid ?? 'no PARTUUID'} now`}.`, nextStep: 'Restore the table’s entry (labctl provision rescue, then sgdisk), and retry. If the disk was partitioned anew on purpose: labctl provision adopt, or install.' })
    } else if (seen.number !== partition.number || seen.startBytes !== partition.startBytes || seen.sizeBytes !== partition.sizeBytes) {
      refusals.push({ code: 'partition-changed', because: `The ${where} was recorded at byte ${partition.startBytes} with ${partition.sizeBytes} bytes, and is number ${seen.number} at ${seen.startBytes} with ${seen.sizeBytes} now.`, nextStep: 'Put it back as it was, or, if it was changed on purpose: labctl provision adopt.' })
    } else {
      found.push({ recorded, disk, partition, seen })
      if (partition.role === 'lvm') refusals.push(...judgeMember(seen, where, record))
    }
  }
  return { found, refusals }
}

function judgeMember(seen: Partition, where: string, record: StorageRecord): Refusal[] {
  const { signature } = seen
  if (signature?.type === 'LVM2_member' && record.groups.some(group => group.physicalVolumes.includes(signature.uuid ?? ''))) return []
  const expected = 'a physical volume that was recorded was expected there'
  if (signature === null) return [{ code: 'pv-missing', because: `The ${where} shows nothing; ${expected}.`, nextStep: 'Its label may be lost: restore it by hand (labctl provision rescue, then pvck and pvcreate --uuid --restorefile), and retry.' }]
  if (signature.type === 'crypto_LUKS') return [{ code: 'luks-locked', because: `The ${where} is encrypted (LUKS), and the bastion has no key; ${expected}.`, nextStep: 'Encrypted groups can’t be reprovisioned. Save the data and install.' }]
  if (/_raid_member/.test(signature.type)) return [{ code: 'raid-below', because: `The ${where} is part of a RAID array (${signature.type}); ${expected}.`, nextStep: 'Groups on RAID can’t be reprovisioned. Save the data and install.' }]
  return [{ code: 'pv-changed', because: `The ${where} shows ${signature.type} ${signature.uuid ?? ''}; ${expected}.`, nextStep: 'Put the recorded disk contents back, or, if this was changed on purpose: labctl provision adopt.' }]
}
