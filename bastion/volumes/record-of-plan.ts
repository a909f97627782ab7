// What is recorded of a machine's storage when an order is answered: before the first write, so that whatever is made can be told from what is somebody else's.
import type { Facts } from '../../protocol/facts.ts'
import type { PlannedDisk, PlannedPartition, PlannedVolume, StoragePlan } from '../../protocol/storage-plan.ts'
import type { RecordedDisk, RecordedVolume, StorageRecord } from '../../protocol/storage-record.ts'
import { diskName } from './disk-identity.ts'

/** File-system UUIDs that are remembered of one volume: an attempt may be cut before or after its mkfs, and so may the next. */
const mostUuids = 8

/** The record of a plan that is about to be carried out. `former`: the machine's record so far; a reprovision goes on from it, an install begins anew. */
export function recordOfPlan(plan: StoragePlan, facts: Facts, former: StorageRecord | null): StorageRecord {
  const before = plan.order === 'reprovision' ? former : null
  const disks = plan.disks.filter(disk => disk.role !== 'wiped').map((disk): RecordedDisk => {
    const known = disk.action === 'reuse' ? before?.disks.find(each => each.byId === disk.byId || (each.tableUuid !== null && each.tableUuid === disk.tableUuid)) : undefined
    const seen = facts.disks.find(each => each.byId.includes(disk.byId) || diskName(each) === disk.byId)
    return {
      byId: disk.byId, serial: disk.serial, wwn: seen?.wwn ?? known?.wwn ?? null, sizeBytes: disk.sizeBytes, logicalSectorBytes: disk.logicalSectorBytes,
      tableUuid: disk.newTableUuid ?? disk.tableUuid, role: disk.role === 'data' ? 'data' : 'system',
      partitions: disk.planned.map(planned => ({ ...recordPartition(planned, disk, known), ...madeThere(plan, disk, planned) })),
    }
  })
  const volumes = plan.volumes.map(planned => recordVolume(planned, plan, facts, before))
  // Recorded volumes that the layout dropped stay recorded as long as they are there.
  const dropped = (before?.volumes ?? []).filter(volume => !volumes.some(each => sameVolume(each, volume)) && plan.kept.some(kept => (volume.uuid === null ? kept.group === volume.group && kept.name === volume.name : kept.uuid === volume.uuid)))
  return {
    version: 1, machineId: plan.machineId, firmware: plan.firmware, disks,
    groups: plan.groups.map(group => ({ name: group.name, uuid: group.uuid, physicalVolumes: (group.action === 'reuse' ? before?.groups.find(each => each.name === group.name)?.physicalVolumes : undefined) ?? group.physicalVolumes.map(volume => volume.uuid) })),
    volumes: [...volumes, ...dropped],
    inventory: inventoryOf(facts),
  }
}

/** Every disk of the machine by which it is known; what can be pulled out like a stick is not missed. */
export function inventoryOf(facts: Facts): StorageRecord['inventory'] {
  return facts.disks.filter(disk => !disk.removable && disk.sizeBytes > 0).map(disk => ({ byId: diskName(disk), serial: disk.serial, wwn: disk.wwn, sizeBytes: disk.sizeBytes }))
}

function madeThere(plan: StoragePlan, disk: PlannedDisk, { number, role }: PlannedPartition): { physicalVolume?: string } {
  const there = role === 'lvm' ? plan.groups.flatMap(group => group.physicalVolumes).find(volume => volume.disk === disk.byId && volume.partition === number) : undefined
  return there === undefined ? {} : { physicalVolume: there.uuid }
}

function recordPartition(planned: PlannedPartition, disk: PlannedDisk, known: RecordedDisk | undefined): RecordedDisk['partitions'][number] {
  const sectorBytes = disk.logicalSectorBytes
  const before = known?.partitions.find(each => each.partUuid.toLowerCase() === planned.partUuid)
  return {
    number: planned.number, role: planned.role, partUuid: planned.partUuid, startBytes: planned.startSector * sectorBytes, sizeBytes: (planned.endSector - planned.startSector + 1) * sectorBytes,
    mount: planned.mount, filesystem: planned.filesystem, filesystemUuids: append(before?.filesystemUuids, disk.partitions.find(seen => seen.number === planned.number)?.uuid, planned.filesystemUuid),
  }
}

function recordVolume(planned: PlannedVolume, plan: StoragePlan, facts: Facts, before: StorageRecord | null): RecordedVolume {
  const known = before?.volumes.find(each => (planned.uuid !== null && each.uuid === planned.uuid) || sameVolume(each, planned))
  // A volume that is to be kept is proved by what it holds, not by having been made: until then it may be made anew.
  const proved = planned.action === 'keep' || (planned.action === 'reformat' && !planned.keep)
  const group = plan.groups.find(each => each.name === planned.group)!
  return {
    group: planned.group, name: planned.name, mount: planned.mount, keep: planned.keep, origin: planned.action === 'create' ? 'planned' : known?.origin ?? 'planned',
    uuid: proved ? planned.uuid : null, sizeBytes: planned.extents * group.extentBytes,
    filesystem: planned.filesystem, filesystemUuids: append(known?.filesystemUuids, facts.lvm.logicalVolumes.find(seen => seen.uuid === planned.uuid)?.signature?.uuid, planned.filesystemUuid),
  }
}

const sameVolume = (a: { mount: string, name: string }, b: { mount: string, name: string }): boolean => a.mount === b.mount && (a.mount !== 'swap' || a.name === b.name)

/** The one that is on the disk now stays known however many attempts come before its mkfs. */
function append(uuids: readonly string[] = [], seen: string | null | undefined, uuid: string | null): string[] {
  const last = [...seen != null && seen !== uuid && uuids.includes(seen) ? [seen] : [], ...uuid === null ? [] : [uuid]]
  return [...uuids.filter(each => !last.includes(each)), ...last].slice(-mostUuids)
}
