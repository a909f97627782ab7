// How many extents each logical volume gets.
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedVolume } from '../../protocol/storage-plan.ts'
import { deriveUuid } from './derive-uuid.ts'
import { extentMib } from './plan-partitions.ts'
import { volumeTag } from './volume-tag.ts'

const extentsFor = (mib: number): number => Math.ceil(mib / extentMib)

/** The least number of extents that satisfies a layout: "rest" counts with its minimum. */
export function extentsNeeded(layout: Layout): number {
  return layout.volumes.reduce((sum, volume) => sum + extentsFor(volume.sizeMib === 'rest' ? volume.minimumMib ?? 1 : volume.sizeMib), 0)
}

/** The volumes of a fresh group of `extents` extents, which must be at least {@link extentsNeeded}. */
export function planVolumes(layout: Layout, extents: number, machineId: string, seed: string): PlannedVolume[] {
  const fixed = layout.volumes.reduce((sum, volume) => sum + (volume.sizeMib === 'rest' ? 0 : extentsFor(volume.sizeMib)), 0)
  return layout.volumes.map(volume => ({
    name: volume.name,
    mount: volume.mount,
    filesystem: volume.filesystem,
    filesystemUuid: deriveUuid(seed, `filesystem:volume:${volume.name}`),
    extents: volume.sizeMib === 'rest' ? extents - fixed : extentsFor(volume.sizeMib),
    tag: volumeTag(machineId, volume.mount),
    keep: volume.keep,
    action: 'create',
  }))
}

/** What a layout says that can't be made on any disk: no root, a name or mount twice, a mount that the partitions have, "rest" twice, swap that isn't swap. */
export function judgeLayout(layout: Layout): Refusal[] {
  const wrong: string[] = []
  const twice = (values: string[]): string[] => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
  for (const name of twice(layout.volumes.map(volume => volume.name))) wrong.push(`it has two volumes named ${name}`)
  for (const mount of twice(layout.volumes.map(volume => volume.mount).filter(mount => mount !== 'swap'))) wrong.push(`two volumes are mounted on ${mount}`)
  if (layout.volumes.filter(volume => volume.sizeMib === 'rest').length > 1) wrong.push('more than one volume takes the rest')
  if (!layout.volumes.some(volume => volume.mount === '/')) wrong.push('no volume is mounted on /')
  for (const volume of layout.volumes) {
    if (/^\/(boot(\/.*)?|dev|proc|sys|run|etc|usr)$/.test(volume.mount)) wrong.push(`${volume.mount} can’t be a logical volume`)
    if ((volume.mount === 'swap') !== (volume.filesystem === 'swap')) wrong.push(`volume ${volume.name} is ${volume.filesystem} on ${volume.mount}`)
  }
  return wrong.map(because => ({ code: 'layout-impossible', because: `The layout can’t be made: ${because}.`, nextStep: 'Correct install.layouts in the bastion’s configuration.' }))
}
