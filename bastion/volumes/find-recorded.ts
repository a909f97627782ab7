// Everything that was recorded of a machine, looked up in what it reports now.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedDisk, RecordedVolume, StorageRecord } from '../../protocol/storage-record.ts'
import { dropUnmade } from './drop-unmade.ts'
import { findRecordedDisks, type FoundDisk } from './judge-recorded-disks.ts'
import { findRecordedGroup, judgePlaces, type FoundGroup } from './judge-recorded-group.ts'
import { findRecordedPartitions, type FoundPartition } from './judge-recorded-partitions.ts'
import { findRecordedVolumes, lastAttemptFinished, type FoundVolume } from './judge-recorded-volumes.ts'

/** What is there of what was recorded. */
export interface FoundStorage {
  disks: FoundDisk[]
  partitions: FoundPartition[]
  groups: FoundGroup[]
  volumes: FoundVolume[]
  /** Recorded volumes of which it can't be told what became of them. */
  disputed: RecordedVolume[]
  /** The record without `unmade`: disks that were recorded to be made, and of which it is certain that they were not. */
  record: StorageRecord
  unmade: RecordedDisk[]
  /** The newest attempt at the machine came to its end. */
  finished: boolean
  refusals: Refusal[]
}

/** Looks from the outside in: disks, partitions, groups, volumes; with a refusal for everything that is not as recorded. */
export function findRecorded(whole: StorageRecord, facts: Facts): FoundStorage {
  const root = whole.groups.filter(group => whole.volumes.some(volume => volume.mount === '/' && volume.group === group.name)).flatMap(group => findRecordedGroup(group, facts, [], true).found ?? [])
  const { record, unmade } = dropUnmade(whole, facts, lastAttemptFinished(root, whole))
  const disks = findRecordedDisks(record, facts)
  const partitions = disks.found.map(disk => findRecordedPartitions(disk, record))
  const places = partitions.flatMap(({ found }) => found)
  const explained = [...disks.refusals, ...partitions.flatMap(({ refusals }) => refusals)].length > 0
  const looked = record.groups.map(group => findRecordedGroup(group, facts, places, explained))
  const groups = looked.flatMap(({ found }) => found ?? [])
  const volumes = findRecordedVolumes(groups, record, facts)
  return {
    record, unmade, disks: disks.found, partitions: places, groups, volumes: volumes.found, disputed: volumes.disputed, finished: lastAttemptFinished(groups, record),
    refusals: [...disks.refusals, ...partitions.flatMap(({ refusals }) => refusals), ...looked.flatMap(({ refusals }) => refusals), ...explained ? [] : judgePlaces(groups, record), ...volumes.refusals],
  }
}
