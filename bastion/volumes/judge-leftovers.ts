// Whether what lies on a disk is only what an unfinished install of the same order began.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { devicesOf } from './judge-contents.ts'
import { installedTag } from './volume-tag.ts'

const filesystems: Record<string, readonly string[]> = { 'bios-boot': [], esp: ['vfat'], boot: ['ext4', 'xfs'], lvm: ['LVM2_member'] }

/** Whether disk GUID and every PARTUUID are ones that an earlier plan chose, every physical and logical volume on it too, and no group on it was ever finished. */
export function leftByEarlierPlan(disk: Disk, earlier: readonly StoragePlan[], facts: Facts): boolean {
  const begun = earlier.flatMap(plan => plan.disks).find(written => written.newTableUuid !== null && disk.table?.uuid?.toLowerCase() === written.newTableUuid && written.sizeBytes === disk.sizeBytes)
  if (begun === undefined || disk.signature !== null) return false
  const partitionsAreOurs = disk.partitions.every(seen => begun.planned.some(made => made.number === seen.number && made.partUuid === seen.partUuid?.toLowerCase()
    && (seen.signature === null || filesystems[made.role]!.includes(seen.signature.type))))
  return partitionsAreOurs && lvmIsOurs(disk, earlier, facts)
}

function lvmIsOurs(disk: Disk, earlier: readonly StoragePlan[], { lvm }: Facts): boolean {
  const [uuids, tags] = [earlier.flatMap(plan => plan.groups.flatMap(group => group.physicalVolumes.map(({ uuid }) => uuid))), earlier.flatMap(plan => plan.volumes.map(volume => volume.tag))]
  const here = lvm.physicalVolumes.filter(volume => devicesOf(disk).includes(volume.device))
  const names = new Set(here.flatMap(({ group }) => group ?? []))
  const members = [...here, ...lvm.physicalVolumes.filter(({ group }) => group !== null && names.has(group))]
  return members.every(({ uuid }) => uuids.includes(uuid))
    && lvm.volumeGroups.every(group => !names.has(group.name) || !group.tags.includes(installedTag))
    && lvm.logicalVolumes.every(volume => !names.has(volume.group) || volume.tags.some(tag => tags.includes(tag)))
}
