// Where the partitions of a fresh disk lie, for firmware of either kind: everything on whole MiB, whatever the sector size.
import type { Layout } from '../../protocol/layout.ts'
import type { PlannedPartition } from '../../protocol/storage-plan.ts'
import { deriveUuid, fatVolumeId } from './derive-uuid.ts'

const mib = 2 ** 20
const biosBootMib = 1
/** The first MiB holds the GPT and stays free to the alignment, the last holds the backup GPT. */
const tableMib = 2
/** What LVM itself takes at the start of a PV, with `--dataalignment 1m`. */
const labelMib = 1

/** Size of one LVM extent, LVM's own default. */
export const extentMib = 4

/** Type GUIDs: UEFI 2.10 section 5.3.3, the GRUB manual ("BIOS installation"), and the Discoverable Partitions Specification. */
export const partitionTypes = {
  'bios-boot': '21686148-6449-6e6f-744e-656564454649',
  esp: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  boot: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  lvm: 'e6d6d379-f507-44c2-a23c-238f2a3df928',
} as const

/** Bytes that a disk needs for everything of the layout outside LVM plus so many extents. */
export function bytesForExtents(layout: Layout, extents: number): number {
  return (tableMib + biosBootMib + layout.espMib + layout.bootMib + labelMib + extents * extentMib) * mib
}

/** Extents that the group has on a disk of this size; less than 1 when it is too small. */
export function extentsOnDisk(layout: Layout, sizeBytes: number): number {
  return Math.floor((Math.floor(sizeBytes / mib) - bytesForExtents(layout, 0) / mib) / extentMib)
}

/** Bytes that a data disk needs for so many extents. */
export const bytesForDataExtents = (extents: number): number => (tableMib + labelMib + extents * extentMib) * mib

/** Extents that the group of a data disk of this size has; less than 1 when it is too small. */
export const extentsOnDataDisk = (sizeBytes: number): number => Math.floor((Math.floor(sizeBytes / mib) - bytesForDataExtents(0) / mib) / extentMib)

/** The least ESP that FAT32 fits on: 65,525 clusters of at least one sector, and its two tables (Microsoft's FAT specification, 1.03, section 3.5). */
export const leastEspMib = (logicalSectorBytes: number): number => Math.ceil(260 * logicalSectorBytes / 4096)

/** The one partition of a data disk: LVM, all of it. */
export function planDataPartition(disk: { sizeBytes: number, logicalSectorBytes: number }, group: string, seed: string): PlannedPartition {
  const [sizeMib, sectorsPerMib] = [Math.floor(disk.sizeBytes / mib) - tableMib, mib / disk.logicalSectorBytes]
  return {
    number: 1, role: 'lvm', action: 'create', startSector: sectorsPerMib, endSector: (sizeMib + 1) * sectorsPerMib - 1, sizeMib,
    typeGuid: partitionTypes.lvm, partUuid: deriveUuid(seed, `partition:lvm:${group}`), label: 'labctl-data', mount: null, filesystem: null, filesystemUuid: null,
  }
}

/** The four partitions: BIOS boot, ESP, /boot, and LVM to the end of the disk. The disk must be large enough. */
export function planPartitions(layout: Layout, disk: { sizeBytes: number, logicalSectorBytes: number }, seed: string): PlannedPartition[] {
  const lvmMib = Math.floor(disk.sizeBytes / mib) - tableMib - biosBootMib - layout.espMib - layout.bootMib
  const wanted = [
    { role: 'bios-boot', sizeMib: biosBootMib, mount: null, filesystem: null },
    { role: 'esp', sizeMib: layout.espMib, mount: '/boot/efi', filesystem: 'vfat' },
    { role: 'boot', sizeMib: layout.bootMib, mount: '/boot', filesystem: 'ext4' },
    { role: 'lvm', sizeMib: lvmMib, mount: null, filesystem: null },
  ] as const
  const sectorsPerMib = mib / disk.logicalSectorBytes
  let startMib = 1
  return wanted.map((partition, index) => {
    const start = startMib
    startMib += partition.sizeMib
    const uuid = deriveUuid(seed, `filesystem:${partition.role}`)
    return {
      ...partition,
      number: index + 1,
      action: 'create',
      startSector: start * sectorsPerMib,
      endSector: startMib * sectorsPerMib - 1,
      typeGuid: partitionTypes[partition.role],
      partUuid: deriveUuid(seed, `partition:${partition.role}`),
      label: `labctl-${partition.role}`,
      filesystemUuid: partition.filesystem === null ? null : partition.filesystem === 'vfat' ? fatVolumeId(uuid) : uuid,
    }
  })
}
