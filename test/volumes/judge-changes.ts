// Whether what changed on the images was meant to change: everything outside what the plan names stays, byte by byte.
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { Range } from './compare-images.ts'
import type { Place } from './places.ts'

/** The ranges of a disk that an order which was begun may change. */
export function mayChange(plan: StoragePlan, serial: string, places: readonly Place[], replayed: readonly string[] = []): Range[] {
  const here = places.filter(place => place.serial === serial)
  const disk = plan.disks.find(found => found.serial?.trim() === serial)
  if (disk?.action === 'wipe') return [{ from: 0, to: Number.MAX_SAFE_INTEGER }]
  // The ESP and the place for the boot loader are written into, file by file; the scenarios look at what else is in them.
  const partitions = (disk?.planned ?? []).filter(partition => partition.action === 'reformat' || partition.role === 'esp' || partition.role === 'bios-boot')
    .map(({ startSector, endSector }) => ({ from: startSector * disk!.logicalSectorBytes, to: (endSector + 1) * disk!.logicalSectorBytes }))
  const store = plan.carryOver?.store
  const volumes = here.filter(place => place.kind === 'volume' && (
    plan.volumes.some(volume => volume.action !== 'keep' && volume.group === place.group && volume.name === place.volume && (volume.uuid === null || volume.uuid === place.uuid))
    || (store?.group === place.group && store?.name === place.volume)
    || replayed.includes(`${place.group}/${place.volume}`)))
  const metadata = here.filter(place => place.kind === 'metadata' && plan.groups.some(group => group.name === place.group))
  // GRUB's first bytes stand in the first sector; what of it is the partition table's is looked at by itself.
  const bootCode = plan.firmware === 'bios' && disk?.role === 'system' ? [{ from: 0, to: 512 }] : []
  return [...bootCode, ...partitions, ...volumes, ...metadata]
}

/** What of the changed ranges lies outside the allowed ones. */
export function outside(changed: readonly Range[], allowed: readonly Range[]): Range[] {
  const left: Range[] = []
  for (const range of changed) {
    let rest: Range[] = [range]
    for (const { from, to } of allowed) {
      rest = rest.flatMap(part => [{ from: part.from, to: Math.min(part.to, from) }, { from: Math.max(part.from, to), to: part.to }]).filter(part => part.to > part.from)
    }
    left.push(...rest)
  }
  return left
}
