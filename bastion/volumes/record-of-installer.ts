// What is recorded of a machine's storage after an installer chose UUIDs of its own: read off its report by our tags, and only where it is what was planned.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedVolume, StorageRecord } from '../../protocol/storage-record.ts'
import { recordFromFacts, type RecordDecision } from './record-from-facts.ts'

/** The record, or why the report can't be it. `planned`: the record that was made when the order was answered, which gives what is to be kept; every volume of it has to be there under its tag, on the disks that were planned. */
export function recordOfInstaller({ planned, facts, layout }: { planned: StorageRecord, facts: Facts, layout: Layout }): RecordDecision {
  const seen = recordFromFacts({ facts, layout, machineId: planned.machineId })
  if (seen.kind === 'refused') return seen
  const { record } = seen
  const refusals: Refusal[] = []
  const otherwise = (because: string): void => void refusals.push({ code: 'installed-otherwise', because, nextStep: 'Look at the machine; labctl provision adopt records what is there, once you agree to it.' })
  for (const disk of planned.disks.filter(({ partitions }) => partitions.length > 0)) {
    if (!record.disks.some(each => each.byId === disk.byId && each.role === disk.role)) otherwise(`${disk.byId} was planned as ${disk.role} disk, and the report shows ${record.disks.map(each => `${each.byId} as ${each.role} disk`).join(', ') || 'none'}.`)
  }
  for (const disk of planned.disks) for (const partition of disk.partitions) if (!isTaken(record, disk.byId, partition, facts)) otherwise(`Partition ${partition.number} of ${disk.byId} (${partition.partUuid}) was to stay the ${partition.role} partition, and another one looks like it: what is recorded as ours is formatted some day.`)
  for (const volume of record.volumes) if (!planned.volumes.some(each => isSame(each, volume))) otherwise(`${volume.group}/${volume.name} has our tag for ${volume.mount}, and was not planned.`)
  const volumes = planned.volumes.map((volume): RecordedVolume => {
    const there = record.volumes.find(each => isSame(each, volume))
    if (there === undefined) {
      // One that the layout dropped stays recorded, whether it had our tag or not.
      const untouched = volume.uuid !== null && facts.lvm.logicalVolumes.some(each => each.uuid === volume.uuid)
      if (!untouched) otherwise(`${volume.group}/${volume.name} was planned for ${volume.mount}, and the report shows no volume with its tag.`)
      return volume
    }
    if (volume.uuid !== null && volume.uuid !== there.uuid) otherwise(`${volume.group}/${volume.name} was to stay the volume ${volume.uuid}, and is ${there.uuid} now: it was made anew.`)
    return { ...there, keep: volume.keep, origin: volume.origin, filesystemUuids: [...new Set([...volume.filesystemUuids, ...there.filesystemUuids])].slice(-mostUuids) }
  })
  return refusals.length > 0 ? { kind: 'refused', refusals } : { ...seen, record: { ...record, volumes } }
}

const mostUuids = 8

/** A partition that was planned and is there is the one that would be recorded in its role: by type alone a foreign one could be taken for it. What an installer made anew has another PARTUUID. */
function isTaken(record: StorageRecord, byId: string, { partUuid, role }: StorageRecord['disks'][number]['partitions'][number], facts: Facts): boolean {
  const same = (other: string | null): boolean => other?.toLowerCase() === partUuid.toLowerCase()
  if (!facts.disks.some(disk => disk.partitions.some(each => same(each.partUuid)))) return true
  return record.disks.some(disk => disk.byId === byId && disk.partitions.some(each => each.role === role && same(each.partUuid)))
}

const isSame = (a: RecordedVolume, b: RecordedVolume): boolean => a.group === b.group && a.name === b.name && a.mount === b.mount
