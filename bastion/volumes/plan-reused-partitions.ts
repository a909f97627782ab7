// What happens to the recorded partitions: nothing to the table, the file system of /boot made anew, the ESP used again.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedPartition } from '../../protocol/storage-plan.ts'
import { deriveUuid, fatVolumeId } from './derive-uuid.ts'
import type { FoundPartition } from './judge-recorded-partitions.ts'
import { partitionTypes } from './plan-partitions.ts'

/** The recorded partitions of one disk as they are used again. `cut`: an earlier attempt may have been stopped while it wrote. */
export function planReusedPartitions(found: readonly FoundPartition[], layout: Layout, seed: string, cut: boolean): { planned: PlannedPartition[], refusals: Refusal[] } {
  const refusals: Refusal[] = []
  const planned = found.map((each): PlannedPartition => {
    const { partition, seen, disk } = each
    const mount = { 'bios-boot': null, esp: '/boot/efi', boot: '/boot', lvm: null }[partition.role]
    const made = { 'bios-boot': null, esp: 'vfat', boot: 'ext4', lvm: null } as const
    const judged = mount === null ? { refusals: [], reformat: false } : judgeFilesystem(each, mount, made[partition.role]!, cut)
    refusals.push(...judged.refusals, ...judgeSize(each, layout))
    if ((partition.role === 'esp' || partition.role === 'bios-boot') && seen.typeGuid?.toLowerCase() !== partitionTypes[partition.role]) refusals.push({ code: 'partition-changed', because: `Partition ${partition.number} of ${each.recorded.byId} was recorded as ${partition.role}, and its type is ${seen.typeGuid ?? 'unknown'} now.`, nextStep: `Set its type back (labctl provision rescue, then sgdisk --typecode=${partition.number}:${partitionTypes[partition.role]}), and retry.` })
    const reformat = partition.role === 'boot' || judged.reformat
    const uuid = deriveUuid(seed, `filesystem:${partition.role}`)
    return {
      number: partition.number, role: partition.role, action: reformat ? 'reformat' : 'reuse',
      startSector: seen.startBytes / disk.logicalSectorBytes, endSector: (seen.startBytes + seen.sizeBytes) / disk.logicalSectorBytes - 1, sizeMib: Math.floor(seen.sizeBytes / 2 ** 20),
      typeGuid: seen.typeGuid?.toLowerCase() ?? partitionTypes[partition.role], partUuid: partition.partUuid.toLowerCase(), label: seen.label ?? '', mount, filesystem: made[partition.role],
      filesystemUuid: mount === null ? null : !reformat ? seen.signature!.uuid : partition.role === 'esp' ? fatVolumeId(uuid) : uuid,
    }
  })
  return { planned, refusals }
}

/** Whether the recorded partitions can boot a machine of this firmware. */
export function judgeFirmware(recorded: string, facts: Facts, roles: readonly PlannedPartition['role'][]): Refusal[] {
  const needed = facts.firmware === 'uefi' ? 'esp' as const : 'bios-boot' as const
  const missing = ([needed, 'boot', 'lvm'] as const).filter(role => !roles.includes(role))
  if (missing.length === 0) return []
  const what = { esp: 'EFI system partition', 'bios-boot': 'BIOS boot partition', boot: 'partition for /boot', lvm: 'partition for the volume group' }
  return [{ code: 'firmware-changed', because: `The machine booted by ${facts.firmware} firmware, ${recorded === facts.firmware ? 'as' : `${recorded} was`} recorded, and the disk has no ${missing.map(role => what[role]).join(' and no ')}.`, nextStep: recorded === facts.firmware ? 'Save the data and install.' : `Set the firmware back to ${recorded}, and retry; or save the data and install.` }]
}

function judgeFilesystem({ partition, seen, recorded }: FoundPartition, mount: string, type: 'vfat' | 'ext4', cut: boolean): { refusals: Refusal[], reformat: boolean } {
  const { signature } = seen
  const known = signature?.uuid != null && partition.filesystemUuids.includes(signature.uuid)
  if (known && (partition.role === 'boot' || signature.type === type)) return { refusals: [], reformat: false }
  if (partition.role === 'boot' && cut && (signature === null || signature.type.includes('+'))) return { refusals: [], reformat: true }
  const because = `Partition ${partition.number} of ${recorded.byId} (${mount}) shows ${signature === null ? 'nothing' : `${signature.type} ${signature.uuid ?? 'without UUID'}`}; ${partition.filesystem ?? type} with one of the recorded UUIDs (${partition.filesystemUuids.join(', ') || 'none'}) was expected.`
  return { reformat: true, refusals: [{ code: signature === null || signature.type === 'unreadable' ? 'filesystem-lost' : 'filesystem-changed', because, nextStep: `Look at it by hand (labctl provision rescue); or, if what it holds now may be destroyed: --accept changed-filesystem=${mount}`, accept: `changed-filesystem=${mount}` }] }
}

function judgeSize({ partition, seen, recorded }: FoundPartition, layout: Layout): Refusal[] {
  const wanted = { esp: layout.espMib, boot: layout.bootMib, 'bios-boot': 0, lvm: 0 }[partition.role]
  const mount = { esp: '/boot/efi', boot: '/boot', 'bios-boot': '', lvm: '' }[partition.role]
  if (seen.sizeBytes >= wanted * 2 ** 20) return []
  return [{ code: 'volume-too-small', because: `Partition ${partition.number} of ${recorded.byId} (${mount}) has ${Math.floor(seen.sizeBytes / 2 ** 20)} MiB, and the layout wants ${wanted} MiB; the partition table is never changed.`, nextStep: `Change the layout; or, to take it as it is: --accept small-volume=${mount}`, accept: `small-volume=${mount}` }]
}
