// What a machine would report had earlier attempts of its order never begun: for comparing its plan with one that was shown from the facts of before. Nothing is planned from it.
import type { Facts, LogicalVolume } from '../../protocol/facts.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { devicesOf } from './judge-contents.ts'
import { leftByEarlierPlan } from './judge-leftovers.ts'
import { installedTag, readyTag } from './volume-tag.ts'

/** The facts without what unfinished attempts left: whole disks that hold nothing else, and volumes that were to be created. `shown`: the plan to compare with; `earlier`: those of the attempts. Where an attempt came to its end everything stays, and so does a volume to keep that was finished: either may hold data by now. */
export function withoutLeftovers(facts: Facts, shown: StoragePlan, earlier: readonly StoragePlan[]): Facts {
  const left = structuredClone(facts)
  for (const disk of left.disks.filter(disk => leftByEarlierPlan(disk, earlier, facts))) {
    const devices = devicesOf(disk)
    const groups = new Set(left.lvm.physicalVolumes.flatMap(volume => devices.includes(volume.device) && volume.group !== null ? [volume.group] : []))
    left.lvm.physicalVolumes = left.lvm.physicalVolumes.filter(volume => !devices.includes(volume.device))
    left.lvm.volumeGroups = left.lvm.volumeGroups.filter(group => !groups.has(group.name))
    left.lvm.logicalVolumes = left.lvm.logicalVolumes.filter(volume => !groups.has(volume.group))
    Object.assign(disk, { table: null, partitions: [] })
  }
  const made = shown.volumes.filter(volume => volume.action === 'create')
  const unfinished = new Set(left.lvm.volumeGroups.flatMap(group => group.tags.includes(installedTag) ? [] : [group.uuid]))
  for (const volume of left.lvm.logicalVolumes.filter(seen => unfinished.has(seen.groupUuid) && made.some(({ group, name, tag, keep }) => seen.group === group && seen.name === name && seen.tags.includes(tag) && !(keep && seen.tags.includes(readyTag))))) remove(left, volume)
  return left
}

function remove({ lvm }: Facts, volume: LogicalVolume): void {
  lvm.logicalVolumes = lvm.logicalVolumes.filter(other => other !== volume)
  const group = lvm.volumeGroups.find(found => found.uuid === volume.groupUuid)!
  group.freeBytes += volume.sizeBytes
  let left = volume.sizeBytes
  for (const physical of lvm.physicalVolumes.filter(found => found.group === group.name)) {
    const given = Math.min(left, physical.sizeBytes - physical.freeBytes)
    physical.freeBytes += given
    left -= given
  }
}
