// What only the machine could tell: the UUIDs that LVM chose for what a plan of ours made.
import type { Facts } from '../../protocol/facts.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import { parseVolumeTag, readyTag, volumeTag } from './volume-tag.ts'

/** The record completed from facts that were seen after its plan ran. Groups are told by their PVs, volumes by our tag and only when they are finished; nothing that was known is changed, and nothing by name. */
export function learnRecord(record: StorageRecord, { lvm }: Facts): StorageRecord {
  const groups = record.groups.map(recorded => {
    const under = recorded.physicalVolumes.map(uuid => lvm.physicalVolumes.filter(volume => volume.uuid === uuid && !volume.missing && !volume.duplicate))
    const names = new Set(under.map(([volume]) => volume?.group ?? null))
    const [name] = names
    const seen = under.every(found => found.length === 1) && names.size === 1 && name != null ? lvm.volumeGroups.filter(group => group.name === name) : []
    return { recorded, seen: seen.length === 1 && (recorded.uuid === null || recorded.uuid === seen[0]!.uuid) ? seen[0]! : null }
  })
  const volumes = record.volumes.map(recorded => {
    const group = groups.find(each => each.recorded.name === recorded.group)?.seen
    const tag = volumeTag(record.machineId, recorded.mount)
    const tagged = group == null ? [] : lvm.logicalVolumes.filter(volume => volume.groupUuid === group.uuid && volume.tags.includes(tag) && (recorded.mount !== 'swap' || volume.name === recorded.name))
    const [volume] = tagged
    if (volume === undefined || tagged.length > 1 || volume.tags.some(each => each !== tag && parseVolumeTag(each) !== null)) return recorded
    if (recorded.uuid !== null) return volume.uuid === recorded.uuid ? { ...recorded, origin: 'planned' as const, sizeBytes: Math.max(volume.sizeBytes, recorded.sizeBytes ?? 0) } : recorded
    const finished = volume.tags.includes(readyTag) && volume.signature?.uuid != null && recorded.filesystemUuids.includes(volume.signature.uuid)
    return finished ? { ...recorded, uuid: volume.uuid, sizeBytes: volume.sizeBytes } : recorded
  })
  return { ...record, groups: groups.map(({ recorded, seen }) => (seen === null ? recorded : { ...recorded, uuid: seen.uuid })), volumes }
}
