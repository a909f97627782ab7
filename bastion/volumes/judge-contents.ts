// What a disk holds, and with which other disks that hangs together: what would be lost if it were written.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { diskName } from './disk-identity.ts'

/** Everything that was seen on a disk, a phrase each; empty when it holds nothing (an empty partition table is nothing). */
export function diskContents(disk: Disk, facts: Facts): string[] {
  const contents = disk.signature === null ? [] : [signature('the whole disk', disk.signature)]
  for (const partition of disk.partitions) {
    contents.push(partition.signature === null ? `partition ${partition.number} (nothing recognised in it)` : signature(`partition ${partition.number}`, partition.signature))
  }
  for (const volume of facts.lvm.physicalVolumes) {
    if (volume.group !== null && devicesOf(disk).includes(volume.device)) contents.push(`part of the volume group ${volume.group}`)
  }
  return contents
}

/** Kernel paths of a disk and its partitions, to match what LVM and mdadm reported in the same minute. */
export function devicesOf(disk: Disk): string[] {
  return [disk.name, ...disk.partitions.map(partition => partition.name)].map(name => `/dev/${name}`)
}

/** One volume group or RAID array, and the disks that it lies on. */
export interface Bundle {
  kind: 'volume group' | 'RAID array'
  name: string
  uuid: string
  disks: Disk[]
  /** Members that no disk of the report holds: missing, or on a device that isn't a plain disk. */
  elsewhere: string[]
}

/** Every volume group and RAID array of the machine with the disks under it. */
export function bundles(facts: Facts): Bundle[] {
  const locate = (devices: string[]): Pick<Bundle, 'disks' | 'elsewhere'> => ({
    disks: facts.disks.filter(disk => devicesOf(disk).some(device => devices.includes(device))),
    elsewhere: devices.filter(device => !facts.disks.some(disk => devicesOf(disk).includes(device))),
  })
  const groups = facts.lvm.volumeGroups.map((group): Bundle => {
    const members = facts.lvm.physicalVolumes.filter(volume => volume.group === group.name)
    const located = locate(members.filter(volume => !volume.missing).map(volume => volume.device))
    const missing = members.filter(volume => volume.missing).map(volume => `missing PV ${volume.uuid}`)
    return { kind: 'volume group', name: group.name, uuid: group.uuid, disks: located.disks, elsewhere: [...located.elsewhere, ...missing, ...(group.partial && missing.length === 0 ? ['a missing PV'] : [])] }
  })
  const arrays = facts.raid.map((array): Bundle => ({ kind: 'RAID array', name: array.name ?? array.uuid, uuid: array.uuid, ...locate(array.members.map(member => member.device)) }))
  return [...groups, ...arrays]
}

/** Disks that `start` hangs together with through groups and arrays, itself included. */
export function entangled(start: Disk[], all: Bundle[]): Disk[] {
  const reached = new Set(start)
  for (let before = 0; before !== reached.size;) {
    before = reached.size
    for (const bundle of all) if (bundle.disks.some(disk => reached.has(disk))) for (const disk of bundle.disks) reached.add(disk)
  }
  return [...reached]
}

/** Whether all that a disk holds is what an unfinished install of ours left: the disk GUID and every PARTUUID are ones that an earlier plan chose. */
export function leftByEarlierPlan(disk: Disk, earlier: readonly StoragePlan[]): boolean {
  return disk.signature === null && earlier.flatMap(plan => plan.disks).some(written => written.newTableUuid !== null && disk.table?.uuid?.toLowerCase() === written.newTableUuid && written.sizeBytes === disk.sizeBytes
    && disk.partitions.every(seen => written.planned.some(made => made.number === seen.number && made.partUuid === seen.partUuid?.toLowerCase())))
}

/** A disk's name for a list in a message. */
export const nameOf = (disk: Disk): string => diskName(disk) ?? disk.name

function signature(where: string, found: { type: string, uuid: string | null, label: string | null }): string {
  return `${where}: ${found.type}${found.label === null || found.label === '' ? '' : ` ${JSON.stringify(found.label)}`}`
}
