// What a machine would report after the steps of a plan ran, all of them or as far as the power lasted.
import { createHash } from 'node:crypto'
import { installedTag, readyTag } from '../../bastion/volumes/volume-tag.ts'
import type { Disk, Facts, LogicalVolume, Partition, VolumeGroup } from '../../protocol/facts.ts'
import type { PlannedDisk, PlannedGroup, PlannedVolume, StoragePlan } from '../../protocol/storage-plan.ts'

/** One write of the steps; `apply` changes the facts in place. */
export interface WriteStep { name: string, apply(facts: Facts): void }

/** The facts after these steps; without `done` after all of them. `facts` itself stays as it is. */
export function factsAfter(plan: StoragePlan, facts: Facts, done: readonly WriteStep[] = writeSteps(plan)): Facts {
  const after = structuredClone(facts)
  for (const step of done) step.apply(after)
  return after
}

/** Every write of the plan's steps, in an order in which they may run. */
export function writeSteps(plan: StoragePlan): WriteStep[] {
  const steps: WriteStep[] = []
  const add = (name: string, apply: WriteStep['apply']): void => void steps.push({ name, apply })
  const reused = plan.groups.filter(group => group.action === 'reuse')
  for (const group of reused) add(`untag ${group.name}`, facts => { groupIn(facts, group.name).tags = groupIn(facts, group.name).tags.filter(tag => tag !== installedTag) })
  for (const volume of plan.volumes.filter(volume => volume.addTag)) add(`tag ${volume.name}`, facts => { volumeIn(facts, volume).tags.push(volume.tag) })
  for (const disk of plan.disks.filter(disk => disk.action === 'wipe')) add(`partition ${disk.byId}`, facts => partition(facts, disk))
  for (const group of plan.groups.filter(group => group.action === 'create')) {
    add(`pvcreate ${group.name}`, facts => makePhysicalVolumes(facts, group))
    add(`vgcreate ${group.name}`, facts => makeGroup(facts, group))
  }
  for (const volume of plan.volumes.filter(volume => volume.action === 'reformat')) {
    add(`unready ${volume.name}`, facts => { volumeIn(facts, volume).tags = volumeIn(facts, volume).tags.filter(tag => tag !== readyTag) })
    add(`clear ${volume.name}`, facts => { volumeIn(facts, volume).signature = null })
  }
  for (const volume of plan.volumes.filter(volume => volume.action === 'create')) add(`lvcreate ${volume.name}`, facts => makeVolume(facts, volume))
  for (const disk of plan.disks) {
    for (const made of disk.planned.filter(made => made.filesystem !== null && made.action !== 'reuse')) {
      const at = (facts: Facts): Partition => diskIn(facts, disk.byId).partitions.find(seen => seen.number === made.number)!
      add(`clear partition ${made.number}`, facts => { at(facts).signature = null })
      add(`mkfs partition ${made.number}`, facts => { at(facts).signature = { type: made.filesystem!, uuid: made.filesystemUuid, label: null } })
    }
  }
  for (const volume of plan.volumes.filter(volume => volume.action !== 'keep')) {
    add(`mkfs ${volume.name}`, facts => { volumeIn(facts, volume).signature = { type: volume.filesystem, uuid: volume.filesystemUuid, label: null } })
    add(`ready ${volume.name}`, facts => { volumeIn(facts, volume).tags.push(readyTag) })
  }
  for (const group of plan.groups) add(`installed ${group.name}`, facts => { groupIn(facts, group.name).tags.push(installedTag) })
  return steps
}

const groupIn = (facts: Facts, name: string): VolumeGroup => facts.lvm.volumeGroups.find(group => group.name === name)!
const volumeIn = (facts: Facts, { group, name }: { group: string, name: string }): LogicalVolume => facts.lvm.logicalVolumes.find(volume => volume.group === group && volume.name === name)!
const diskIn = (facts: Facts, byId: string): Disk => facts.disks.find(disk => disk.byId.includes(byId))!

/** A UUID in LVM's spelling, always the same for the same text. */
export const inventLvmUuid = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32).replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, '$1-$2-$3-$4-$5-$6-$7')

function partition(facts: Facts, planned: PlannedDisk): void {
  const disk = diskIn(facts, planned.byId)
  const gone = new Set([disk.name, ...disk.partitions.map(seen => seen.name)].map(name => `/dev/${name}`))
  const groups = new Set(facts.lvm.physicalVolumes.filter(volume => gone.has(volume.device)).map(volume => volume.group))
  facts.lvm.physicalVolumes = facts.lvm.physicalVolumes.filter(volume => !gone.has(volume.device))
  facts.lvm.volumeGroups = facts.lvm.volumeGroups.filter(group => !groups.has(group.name))
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(volume => !groups.has(volume.group))
  facts.raid = facts.raid.filter(array => !array.members.some(member => gone.has(member.device)))
  disk.signature = null
  disk.table = planned.newTableUuid === null ? null : { type: 'gpt', uuid: planned.newTableUuid }
  disk.partitions = planned.planned.map(made => ({
    name: `${disk.name}${/\d$/.test(disk.name) ? 'p' : ''}${made.number}`, number: made.number, startBytes: made.startSector * disk.logicalSectorBytes,
    sizeBytes: (made.endSector - made.startSector + 1) * disk.logicalSectorBytes, typeGuid: made.typeGuid, partUuid: made.partUuid, label: made.label, signature: null,
  }))
}

function makePhysicalVolumes(facts: Facts, group: PlannedGroup): void {
  for (const made of group.physicalVolumes) {
    const node = diskIn(facts, made.disk!).partitions.find(seen => seen.number === made.partition)!
    node.signature = { type: 'LVM2_member', uuid: made.uuid, label: null }
    facts.lvm.physicalVolumes.push({ device: `/dev/${node.name}`, uuid: made.uuid, group: null, sizeBytes: node.sizeBytes, freeBytes: node.sizeBytes, missing: false, duplicate: false })
  }
}

function makeGroup(facts: Facts, group: PlannedGroup): void {
  const bytes = group.extents * group.extentBytes
  for (const made of group.physicalVolumes) Object.assign(facts.lvm.physicalVolumes.find(volume => volume.uuid === made.uuid)!, { group: group.name, sizeBytes: bytes, freeBytes: bytes })
  facts.lvm.volumeGroups.push({ name: group.name, uuid: inventLvmUuid(`group ${group.physicalVolumes[0]!.uuid}`), extentBytes: group.extentBytes, sizeBytes: bytes, freeBytes: bytes, systemId: null, exported: false, partial: false, tags: [] })
}

function makeVolume(facts: Facts, volume: PlannedVolume): void {
  const group = groupIn(facts, volume.group)
  const sizeBytes = volume.extents * group.extentBytes
  group.freeBytes -= sizeBytes
  let left = sizeBytes
  for (const physical of facts.lvm.physicalVolumes.filter(found => found.group === group.name)) {
    const taken = Math.min(left, physical.freeBytes)
    physical.freeBytes -= taken
    left -= taken
  }
  facts.lvm.logicalVolumes.push({
    group: group.name, groupUuid: group.uuid, name: volume.name, uuid: inventLvmUuid(`volume ${volume.filesystemUuid}`), sizeBytes, segmentType: 'linear',
    attributes: '-wi-------', origin: null, pool: null, tags: [volume.tag], signature: null,
  })
}
