// Whether a volume group that was recorded is there, whole, and ours to write to.
import type { Disk, Facts, LogicalVolume, PhysicalVolume, VolumeGroup } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import { devicesOf } from './judge-contents.ts'
import type { FoundPartition } from './judge-recorded-partitions.ts'

export type RecordedGroup = StorageRecord['groups'][number]
/** A PV of a group; `place` is null where it does not lie on a recorded partition. */
export interface FoundPhysicalVolume { seen: PhysicalVolume, place: FoundPartition | null, disk: Disk | null, recorded: boolean }
/** A recorded group as it is now, with every PV and every volume that it has, recorded or not. */
export interface FoundGroup { recorded: RecordedGroup, group: VolumeGroup, physicalVolumes: FoundPhysicalVolume[], volumes: LogicalVolume[] }

/** The group as it is now, or why it can't be used. `explained`: a disk or partition that may hold it has been refused. */
export function findRecordedGroup(recorded: RecordedGroup, facts: Facts, partitions: readonly FoundPartition[], explained: boolean): { found: FoundGroup | null, refusals: Refusal[] } {
  const { lvm } = facts
  const refusals: Refusal[] = []
  const refuse = (code: string, because: string, nextStep: string): void => void refusals.push({ code, because, nextStep })
  const present = recorded.physicalVolumes.map(uuid => ({ uuid, seen: lvm.physicalVolumes.find(volume => volume.uuid === uuid) ?? null }))
  const absent = present.filter(({ seen }) => seen === null || seen.missing)
  // A partition that shows something else than its PV has been refused already.
  if (absent.length > 0 && !(explained && absent.every(({ seen }) => seen === null))) refuse('pv-missing', `The group ${recorded.name} was recorded on the PV${absent.length === 1 ? '' : 's'} ${absent.map(({ uuid }) => uuid).join(', ')}, which LVM does not see.`, 'Reconnect the disk it lies on; a label that is lost can be restored by hand (labctl provision rescue, then pvck). Then retry.')
  const names = [...new Set(present.flatMap(({ seen }) => (seen === null ? [] : [seen.group])))]
  const groups = lvm.volumeGroups.filter(group => names.includes(group.name))
  const group = groups.find(each => each.uuid === recorded.uuid) ?? groups[0]
  const namesake = lvm.volumeGroups.find(each => each.name === recorded.name)
  if (group === undefined) {
    refuse('group-missing', `The group ${recorded.name} (${recorded.uuid ?? 'UUID not yet known'}) was recorded, and is not there${namesake === undefined ? '' : `; the ${namesake.name} that is there (${namesake.uuid}) lies on other PVs`}.`, 'Restore it by hand (labctl provision rescue, then vgcfgrestore), and retry. If it was never finished or is given up: labctl provision install.')
    return { found: null, refusals }
  }
  if (names.length > 1) refuse('pv-changed', `The PVs recorded for the group ${recorded.name} belong to ${names.map(name => name ?? 'no group').join(' and ')} now.`, 'Put them back into one group by hand, or: labctl provision adopt.')
  if (recorded.uuid !== null && group.uuid !== recorded.uuid) refuse('pv-changed', `The PVs recorded for the group ${recorded.name} (${recorded.uuid}) belong to ${group.name} (${group.uuid}) now.`, 'If the group was made anew on purpose: labctl provision adopt, or install.')
  else if (group.name !== recorded.name) refuse('group-renamed', `The group ${recorded.uuid ?? ''} was recorded as ${recorded.name}, and is named ${group.name} now.`, `Name it as it was (vgrename ${group.name} ${recorded.name}), or: labctl provision adopt.`)
  const inside = lvm.logicalVolumes.filter(volume => volume.groupUuid === group.uuid)
  // lvs(8), lv_attr: the allocation policy is a capital while extents may not be allocated, as during pvmove.
  const moving = inside.filter(volume => /^..[A-Z]/.test(volume.attributes))
  if (moving.length > 0) refuse('volume-moving', `Extents of ${moving.map(volume => `${volume.group}/${volume.name}`).join(', ')} are being moved to another PV (pvmove); nothing was expected to be under way.`, 'Let the move end (labctl provision rescue, then pvmove), and retry.')
  if (group.exported) refuse('group-exported', `The group ${group.name} is exported: somebody made it ready to be taken to another machine.`, `If it is to stay: labctl provision rescue, then vgimport ${group.name}; then retry.`)
  if (group.systemId !== null && group.systemId !== '') refuse('group-foreign', `The group ${group.name} belongs to the system ${JSON.stringify(group.systemId)}, by its system id; none was expected.`, `If it is this machine’s: labctl provision rescue, then vgchange --systemid '' ${group.name}; then retry.`)
  if (group.partial && absent.length === 0) refuse('group-partial', `LVM says that the group ${group.name} is not whole: a PV is missing.`, 'Reconnect the disk it lies on, and retry.')
  const members = lvm.physicalVolumes.filter(volume => volume.group === group.name && !volume.duplicate)
  const physicalVolumes = members.map((seen): FoundPhysicalVolume => ({
    seen, recorded: recorded.physicalVolumes.includes(seen.uuid),
    place: partitions.find(each => `/dev/${each.seen.name}` === seen.device && each.partition.role === 'lvm') ?? null,
    disk: facts.disks.find(disk => devicesOf(disk).includes(seen.device)) ?? null,
  }))
  for (const { seen, disk } of physicalVolumes) {
    if (disk === null && !seen.missing && !explained) refuse(seen.device.startsWith('/dev/md') ? 'raid-below' : 'pv-changed', `The PV ${seen.uuid} of the group ${group.name} is on ${seen.device}, which is no plain disk or partition.`, 'Groups on RAID, on encryption or on several paths can’t be reprovisioned. Save the data and install.')
  }
  // LVM does not list the volumes of a group that is exported.
  return { found: group.exported ? null : { recorded, group, physicalVolumes, volumes: inside }, refusals }
}

/** Recorded PVs have to lie on the recorded partitions, where those were recorded. */
export function judgePlaces(groups: readonly FoundGroup[], record: StorageRecord): Refusal[] {
  const onPartitions = record.disks.flatMap(disk => disk.partitions).filter(partition => partition.role === 'lvm').length
  const elsewhere = record.groups.reduce((sum, group) => sum + group.physicalVolumes.length, 0) - onPartitions
  const astray = groups.flatMap(group => group.physicalVolumes.filter(({ recorded, place, seen }) => recorded && place === null && !seen.missing))
  if (astray.length <= elsewhere) return []
  return [{ code: 'pv-changed', because: `${astray.map(({ seen }) => `The PV ${seen.uuid} is on ${seen.device}`).join('; ')}; a partition that was recorded was expected to hold it.`, nextStep: 'Put the recorded disk contents back, or, if this was changed on purpose: labctl provision adopt.' }]
}
