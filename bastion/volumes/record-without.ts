// What is left on record when disks were erased.
import type { Facts } from '../../protocol/facts.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import { diskName } from './disk-identity.ts'

/** The record without the disks of these by-id names, nor the groups that lay on them, nor those groups' volumes; null when the system disk is among them. `before`: facts from before the erasing, which say what lay where. */
export function recordWithout(record: StorageRecord, erased: readonly string[], before: Facts): StorageRecord | null {
  if (record.disks.some(disk => disk.role === 'system' && erased.includes(disk.byId))) return null
  const devices = new Set(before.disks.flatMap(disk => erased.includes(diskName(disk) ?? '') ? [disk.name, ...disk.partitions.map(partition => partition.name)] : []).map(name => `/dev/${name}`))
  const members = new Set(before.lvm.physicalVolumes.filter(volume => devices.has(volume.device)).map(volume => volume.uuid))
  const groups = record.groups.filter(group => !group.physicalVolumes.some(uuid => members.has(uuid)))
  return {
    ...record, groups,
    disks: record.disks.filter(disk => !erased.includes(disk.byId)),
    volumes: record.volumes.filter(volume => groups.some(group => group.name === volume.group)),
    inventory: record.inventory.filter(disk => disk.byId === null || !erased.includes(disk.byId)),
  }
}
