import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { gib } from '../volumes/disk-identity.ts'

/** What the RAM disk itself and its programs take of a machine's memory; the steps want 640 MiB more beside an image (templates/install/4-image.sh.hbs). */
const memoryTaken = (640 + 512) * 2 ** 20

/** Sizes of a root image: as a tar archive, and of the files that lie on the machine while it is unpacked. */
export interface ImageSizes { tarBytes: number, storeBytes: number }

/** A refusal when the image doesn't fit on `/` with what a file system takes for itself and some room to start in, and beside itself while it is unpacked where the machine's memory doesn't hold it. Null when it fits. */
export function rootTooSmall(plan: StoragePlan, image: ImageSizes, memoryBytes: number): Refusal | null {
  const root = plan.volumes.find(volume => volume.mount === '/')
  const group = plan.groups.find(({ name }) => name === root?.group)
  const has = root === undefined || group === undefined ? 0 : root.extents * group.extentBytes
  const beside = memoryBytes >= image.storeBytes + memoryTaken ? 0 : image.storeBytes
  const needs = Math.ceil(image.tarBytes * 1.15) + Math.max(beside, 256 * 2 ** 20)
  if (has >= needs) return null
  const why = beside === 0 ? '' : `, since the memory of ${gib(memoryBytes)} does not hold the image while it is unpacked`
  return { code: 'root-too-small', because: `The root image has ${gib(image.tarBytes)} unpacked and needs a / of ${gib(needs)}${why}; the layout gives it ${gib(has)}.`, nextStep: 'Make the volume of / larger in the layout, or order with a smaller image.' }
}
