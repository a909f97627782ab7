// What a disk holds, and with which other disks that hangs together: what would be lost if it were written.
import type { Disk, Facts } from '../../protocol/facts.ts'
import { diskName } from './disk-identity.ts'

/** Everything that was seen on a disk, a phrase each; empty when it holds nothing. An empty partition table is nothing, unless it is one whose partitions the kernel can't see. */
export function diskContents(disk: Disk, facts: Facts): string[] {
  const contents = disk.signature === null ? [] : [signature('the whole disk', disk.signature)]
  if (disk.table !== null && disk.partitions.length === 0 && !['gpt', 'dos'].includes(disk.table.type)) contents.push(disk.table.type === 'gpt-damaged' ? 'a damaged partition table, of which only the copy at the disk’s end is whole' : `a partition table of the kind ${disk.table.type}, whose partitions are not seen`)
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

/** One volume group, RAID array or other thing that lies on several disks (a ZFS pool, btrfs), and the disks that it lies on. */
export interface Bundle {
  kind: 'volume group' | 'RAID array' | 'pool'
  name: string
  uuid: string
  disks: Disk[]
  /** Members that no disk of the report holds: missing, or on a device that isn't a plain disk. */
  elsewhere: string[]
}

/** Every volume group, RAID array and pool of the machine with the disks under it. */
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
  return [...groups, ...arrays, ...pools(facts)]
}

/** What lies on one place only, or is told by LVM and mdadm. */
const alone = /^(ext[234]|xfs|vfat|exfat|ntfs|swap|iso9660|udf|squashfs|f2fs|crypto_LUKS|LVM2_member|\w+_raid_member|unreadable|ambivalent)$/

/** Signatures of one kind and UUID on several disks. One whose UUID isn't known may belong to any of its kind. */
function pools(facts: Facts): Bundle[] {
  const places = facts.disks.flatMap(disk => [disk, ...disk.partitions].flatMap(({ signature }) => (signature?.type ?? '').split('+').filter(type => type !== '' && !alone.test(type)).map(type => ({ disk, type, uuid: signature!.type === type ? signature!.uuid : null }))))
  return [...new Set(places.map(({ type }) => type))].flatMap(type => {
    const alike = places.filter(place => place.type === type)
    const uuids = [...new Set(alike.flatMap(({ uuid }) => uuid ?? []))]
    return (uuids.length === 0 ? ['unknown'] : uuids).map((uuid): Bundle => ({
      kind: 'pool', name: `${type} ${uuid}`, uuid, elsewhere: [],
      disks: facts.disks.filter(disk => alike.some(place => place.disk === disk && (place.uuid === uuid || place.uuid === null))),
    }))
  }).filter(({ disks }) => disks.length > 1)
}

/** Disks that `start` hangs together with through groups, arrays and pools, itself included. */
export function entangled(start: Disk[], all: Bundle[]): Disk[] {
  const reached = new Set(start)
  for (let before = 0; before !== reached.size;) {
    before = reached.size
    for (const bundle of all) if (bundle.disks.some(disk => reached.has(disk))) for (const disk of bundle.disks) reached.add(disk)
  }
  return [...reached]
}

/** A disk's name for a list in a message. */
export const nameOf = (disk: Disk): string => diskName(disk) ?? disk.name

function signature(where: string, found: { type: string, uuid: string | null, label: string | null }): string {
  return `${where}: ${found.type}${found.label === null || found.label === '' ? '' : ` ${JSON.stringify(found.label)}`}`
}
