// What a plan means, in one number: what an operator saw and agreed to is told from another plan by it.
import { createHash } from 'node:crypto'
import type { StoragePlan } from '../../protocol/storage-plan.ts'

const sorted = (lines: readonly unknown[]): string[] => lines.map(line => JSON.stringify(line)).toSorted()

/** SHA-256 over what happens to which thing: neither over UUIDs that are chosen afresh each time, nor over kernel names, reasons and the order in which things were seen. */
export function planDigest(plan: StoragePlan): string {
  const meaning = {
    version: plan.version, order: plan.order, machine: plan.machineId, firmware: plan.firmware,
    devices: sorted(plan.devices.map(({ kind, identity, name, action }) => [kind, identity, name, action])),
    disks: sorted(plan.disks.map(disk => [disk.byId, disk.serial, disk.sizeBytes, disk.logicalSectorBytes, disk.role, disk.action, disk.empty, disk.mayWipe, disk.signature, disk.signatureUuid, sorted(disk.partitions.map(found => [found.number, found.startBytes, found.sizeBytes, found.signature, found.uuid]))])),
    partitions: sorted(plan.disks.flatMap(disk => disk.planned.map(made => [disk.byId, made.number, made.role, made.action, made.startSector, made.endSector, made.mount, made.filesystem]))),
    groups: sorted(plan.groups.map(group => [group.name, group.action, group.uuid, sorted(group.physicalVolumes.map(({ disk, partition, uuid, action }) => [disk, partition, action, action === 'create' ? null : uuid]))])),
    volumes: sorted(plan.volumes.map(volume => [volume.group, volume.name, volume.mount, volume.filesystem, volume.keep, volume.action, volume.uuid, volume.extents, volume.action === 'keep' ? volume.filesystemUuid : null])),
    kept: sorted(plan.kept.map(volume => [volume.group, volume.name, volume.uuid, volume.sizeBytes, volume.mount, volume.filesystem, volume.filesystemUuid])),
    carryOver: plan.carryOver === null ? null : [plan.carryOver.paths.toSorted(), plan.carryOver.mostMib, plan.carryOver.store === null ? null : [plan.carryOver.store.group, plan.carryOver.store.name]],
    mustBeEmpty: sorted(plan.mustBeEmpty.map(({ path, group, volume }) => [path, group, volume])),
    accepted: plan.accepted.toSorted(),
  }
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex')
}
