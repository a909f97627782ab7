// In which order, and how deep, a plan's devices are shown: disks with their partitions and physical volumes, arrays, groups with their volumes.
import type { PlannedDevice } from '../../protocol/storage-plan.ts'

/** A line of the plan's table. */
export interface DeviceLine { device: PlannedDevice, depth: number, label: string }

/** Every device exactly once; what has no place by its name comes last. */
export function arrangeDevices(devices: readonly PlannedDevice[]): DeviceLine[] {
  const left = new Set(devices)
  const lines: DeviceLine[] = []
  const take = (device: PlannedDevice, depth: number, label: string) => {
    if (!left.delete(device)) return
    lines.push({ device, depth, label: device.seenAs === null || label.includes(device.seenAs) ? label : `${label} (${device.seenAs.replace(/^\/dev\//, '')})` })
  }
  const of = (kind: PlannedDevice['kind']) => [...left].filter(device => device.kind === kind)
  for (const disk of of('disk')) {
    take(disk, 0, `disk ${disk.name}`)
    const holds = (device: PlannedDevice) => device.name.startsWith(`${disk.name}-part`)
    for (const partition of of('partition').filter(holds)) {
      take(partition, 1, `partition ${partition.name.slice(`${disk.name}-part`.length)}`)
      for (const volume of of('physical-volume').filter(volume => isOn(volume, partition))) take(volume, 2, 'physical volume')
    }
    for (const volume of of('physical-volume').filter(volume => isOn(volume, disk) || holds(volume))) take(volume, 1, 'physical volume')
  }
  for (const array of of('raid')) {
    take(array, 0, `RAID ${array.name}`)
    for (const volume of of('physical-volume').filter(volume => isOn(volume, array))) take(volume, 1, 'physical volume')
  }
  for (const group of of('volume-group')) {
    take(group, 0, `group ${group.name}`)
    for (const volume of of('logical-volume').filter(volume => volume.name.startsWith(`${group.name}/`))) take(volume, 1, `volume ${volume.name.slice(group.name.length + 1)}`)
  }
  for (const device of left) take(device, 0, `${device.kind} ${device.name}`)
  return lines
}

// What is to be made is found by its name, what was seen by the kernel's name for the place it is on.
function isOn(volume: PlannedDevice, below: PlannedDevice): boolean {
  if ((volume.identity === null) !== (below.identity === null)) return false
  return volume.name === below.name || (volume.seenAs !== null && below.seenAs !== null && volume.seenAs.replace(/^\/dev\//, '') === below.seenAs.replace(/^\/dev\//, ''))
}
