// Data disks that an attempt was going to make and perhaps never did: what was recorded for them beforehand says nothing yet.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { RecordedDisk, StorageRecord } from '../../protocol/storage-record.ts'

/** The record without the data disks whose group was never heard of and is not there, and those disks; all of it where the newest attempt came to its end: then everything has to be there. */
export function dropUnmade(record: StorageRecord, { lvm }: Facts, finished: boolean): { record: StorageRecord, unmade: RecordedDisk[] } {
  if (finished) return { record, unmade: [] }
  const inGroups = new Set(lvm.physicalVolumes.flatMap(volume => (volume.group === null ? [] : [volume.uuid])))
  const names = new Set(record.groups.filter(group => group.uuid === null && !group.physicalVolumes.some(uuid => inGroups.has(uuid)) && record.volumes.every(volume => volume.group !== group.name || (volume.uuid === null && volume.origin === 'planned' && volume.mount !== '/'))).map(group => group.name))
  const gone = new Set(record.groups.filter(group => names.has(group.name)).flatMap(group => group.physicalVolumes))
  const unmade = record.disks.filter(disk => disk.role === 'data' && disk.partitions.length > 0 && disk.partitions.every(partition => partition.physicalVolume !== undefined && gone.has(partition.physicalVolume)))
  const dropped = new Set(unmade.flatMap(disk => disk.partitions.flatMap(partition => partition.physicalVolume ?? [])))
  const without = new Set(record.groups.filter(group => names.has(group.name) && group.physicalVolumes.every(uuid => dropped.has(uuid))).map(group => group.name))
  return {
    record: { ...record, disks: record.disks.filter(disk => !unmade.includes(disk)), groups: record.groups.filter(group => !without.has(group.name)), volumes: record.volumes.filter(volume => !without.has(volume.group)) },
    unmade,
  }
}

/** Whether all that a disk holds is what an unfinished attempt began there: its table, its one partition, at most its PV. */
export function leftUnmade(disk: Disk, unmade: readonly RecordedDisk[]): boolean {
  return disk.signature === null && unmade.some(({ tableUuid, sizeBytes, serial, partitions }) => tableUuid !== null && disk.table?.uuid?.toLowerCase() === tableUuid.toLowerCase() && disk.sizeBytes === sizeBytes && disk.serial === serial
    && disk.partitions.every(seen => partitions.some(made => made.number === seen.number && made.partUuid.toLowerCase() === seen.partUuid?.toLowerCase() && (seen.signature === null || (seen.signature.type === 'LVM2_member' && seen.signature.uuid === made.physicalVolume)))))
}
