import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { gib } from '../volumes/disk-identity.ts'

/** A refusal when the image doesn't fit on `/` with what a file system takes for itself and some room to start in; `imageTarBytes`: size of the image unpacked to a tar archive. Null when it fits. */
export function rootTooSmall(plan: StoragePlan, imageTarBytes: number): Refusal | null {
  const root = plan.volumes.find(volume => volume.mount === '/')
  const group = plan.groups.find(({ name }) => name === root?.group)
  const has = root === undefined || group === undefined ? 0 : root.extents * group.extentBytes
  const needs = Math.ceil(imageTarBytes * 1.15) + 256 * 2 ** 20
  if (has >= needs) return null
  return { code: 'root-too-small', because: `The root image has ${gib(imageTarBytes)} unpacked and needs a / of ${gib(needs)}; the layout gives it ${gib(has)}.`, nextStep: 'Make the volume of / larger in the layout, or order with a smaller image.' }
}
