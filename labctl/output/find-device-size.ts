import type { Facts } from '../../protocol/facts.ts'
import type { PlannedDevice, StoragePlan } from '../../protocol/storage-plan.ts'

/** How large a device of a plan is, or will be, in bytes: by the plan, else by the facts; null where neither says. */
export function findDeviceSize(device: PlannedDevice, plan: StoragePlan, facts: Facts | null): number | null {
  return device.identity === null ? sizeToMake(device, plan) : sizeSeen(device.kind, device.identity, plan, facts)
}

function sizeToMake({ kind, name }: PlannedDevice, plan: StoragePlan): number | null {
  const parts = plan.disks.flatMap(disk => disk.planned.map(part => ({ name: `${disk.byId}-part${part.number}`, bytes: part.sizeMib * 2 ** 20 })))
  switch (kind) {
    case 'partition':
    case 'physical-volume': return parts.find(part => part.name === name)?.bytes ?? null
    case 'volume-group': return plan.groups.filter(group => group.name === name).map(group => group.extents * group.extentBytes)[0] ?? null
    case 'logical-volume': return plan.volumes.filter(volume => `${volume.group}/${volume.name}` === name)
      .map(volume => volume.extents * (plan.groups.find(group => group.name === volume.group)?.extentBytes ?? 0))[0] ?? null
    default: return null
  }
}

function sizeSeen(kind: PlannedDevice['kind'], identity: string, plan: StoragePlan, facts: Facts | null): number | null {
  switch (kind) {
    case 'disk': return plan.disks.find(disk => disk.byId === identity)?.sizeBytes ?? facts?.disks.find(disk => disk.byId.includes(identity))?.sizeBytes ?? null
    case 'partition': return facts?.disks.flatMap(disk => disk.partitions.map(part => ({ part, names: [part.partUuid, ...disk.byId.map(name => `${name}-part${part.number}`)] })))
      .find(({ names }) => names.includes(identity))?.part.sizeBytes ?? plannedPartition(identity, plan)
    case 'physical-volume': return facts?.lvm.physicalVolumes.find(volume => volume.uuid === identity)?.sizeBytes ?? null
    case 'volume-group': return facts?.lvm.volumeGroups.find(group => group.uuid === identity)?.sizeBytes ?? plan.groups.filter(group => group.uuid === identity).map(group => group.extents * group.extentBytes)[0] ?? null
    case 'logical-volume': return [...plan.kept, ...plan.expected.volumes, ...facts?.lvm.logicalVolumes ?? []].find(volume => volume.uuid === identity)?.sizeBytes ?? null
    case 'raid': return null
  }
}

function plannedPartition(identity: string, plan: StoragePlan): number | null {
  const part = plan.disks.flatMap(disk => disk.planned.map(planned => ({ planned, name: `${disk.byId}-part${planned.number}` }))).find(({ planned, name }) => planned.partUuid === identity || name === identity)
  return part === undefined ? null : part.planned.sizeMib * 2 ** 20
}
