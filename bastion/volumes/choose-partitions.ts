// Which partitions of a system disk would be taken for those that it boots from: by type, never by number or place.
import type { Disk, Facts, Partition } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedDisk } from '../../protocol/storage-record.ts'
import { describeDisk } from './disk-identity.ts'
import { nameOf } from './judge-contents.ts'
import { partitionTypes } from './plan-partitions.ts'

type RecordedPartition = RecordedDisk['partitions'][number]

/** A disk's partitions as they would be recorded: those in `members` as LVM's; on the system disk also what it boots from. */
export function choosePartitions(disk: Disk, role: RecordedDisk['role'], members: ReadonlySet<string>, firmware: Facts['firmware']): { partitions: RecordedPartition[], notes: string[], refusals: Refusal[] } {
  const notes: string[] = []
  const refusals: Refusal[] = []
  const chosen: { partition: Partition, role: RecordedPartition['role'] }[] = disk.partitions.filter(partition => members.has(`/dev/${partition.name}`)).map(partition => ({ partition, role: 'lvm' }))
  const only = (what: RecordedPartition['role'], found: Partition[], because: string): void => {
    const [first] = found
    if (found.length > 1) refusals.push({ code: 'adopt-ambiguous', because: `${describeDisk(disk)} has ${found.length} partitions that could be its ${names[what]}: ${found.map(({ number, signature }) => `${number}${signature === null ? '' : ` (${signature.type})`}`).join(', ')}.`, nextStep: what === 'boot' ? nameBoot : 'Remove the one that is not used, and adopt again.' })
    else if (first !== undefined) {
      chosen.push({ partition: first, role: what })
      notes.push(`Partition ${first.number} of ${nameOf(disk)} is taken for the ${names[what]}: ${because}.`)
    }
  }
  if (role === 'system') {
    const ofType = (type: string): Partition[] => disk.partitions.filter(partition => partition.typeGuid?.toLowerCase() === type)
    const plain = disk.partitions.filter(({ name, signature, typeGuid }) => !members.has(`/dev/${name}`) && signature !== null && ['ext4', 'xfs'].includes(signature.type) && typeGuid?.toLowerCase() !== partitionTypes.esp)
    const labelled = plain.filter(partition => partition.label === 'labctl-boot')
    only('bios-boot', ofType(partitionTypes['bios-boot']), 'by its type')
    only('esp', ofType(partitionTypes.esp).filter(({ signature }) => signature?.type === 'vfat' && signature.uuid !== null), 'by its type')
    const [first] = plain
    if (labelled.length > 0) only('boot', labelled, 'by its name, labctl-boot')
    else if (plain.length !== 1 || first!.sizeBytes <= mostBootBytes) only('boot', plain, 'it is the only ext4 or xfs outside LVM on that disk')
    else refusals.push({ code: 'adopt-ambiguous', because: `Partition ${first!.number} of ${describeDisk(disk)} is the only one that could be its ${names.boot}: ${first!.signature!.type} on ${Math.floor(first!.sizeBytes / 2 ** 30)} GiB. That is more than /boot needs, and may be data.`, nextStep: `${nameBoot} If that partition holds data: a machine laid out like this can’t be adopted.` })
    const needed = [firmware === 'uefi' ? 'esp' as const : 'bios-boot' as const, 'boot' as const]
    for (const what of needed.filter(each => !chosen.some(({ role }) => role === each) && !refusals.some(refusal => refusal.because.includes(names[each])))) refusals.push({ code: 'boot-partition-missing', because: `${describeDisk(disk)} has no ${names[what]}${what === 'esp' ? ' with a FAT file system' : ''}, which a system of ours needs with ${firmware} firmware.`, nextStep: 'A machine laid out like this can’t be adopted. Save the data and install.' })
  }
  for (const { partition } of chosen.filter(each => each.partition.partUuid === null)) refusals.push({ code: 'partition-no-identity', because: `Partition ${partition.number} of ${describeDisk(disk)} has no PARTUUID, so it can’t be told from another.`, nextStep: 'Only GPT disks can be adopted. Save the data and install.' })
  const mounts = { 'bios-boot': null, esp: '/boot/efi', boot: '/boot', lvm: null }
  return { notes, refusals, partitions: chosen.map(({ partition, role }) => ({
    number: partition.number, role, partUuid: partition.partUuid ?? '', startBytes: partition.startBytes, sizeBytes: partition.sizeBytes, mount: mounts[role],
    filesystem: mounts[role] === null ? null : partition.signature?.type ?? null, filesystemUuids: mounts[role] === null || partition.signature?.uuid == null ? [] : [partition.signature.uuid],
  })) }
}

/** Nobody gives /boot more than this, and a reprovision formats what is taken for it. */
const mostBootBytes = 4 * 2 ** 30
const nameBoot = 'A reprovision formats /boot: if one is it, give that the partition name labctl-boot (sgdisk --change-name), and adopt again.'
const names = { 'bios-boot': 'BIOS boot partition', esp: 'EFI system partition', boot: 'partition of /boot', lvm: 'physical volume' }
