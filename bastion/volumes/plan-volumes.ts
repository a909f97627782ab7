// How many extents each logical volume gets.
import type { DataDisk, Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedVolume } from '../../protocol/storage-plan.ts'
import { judgeLayout, leastXfsMib } from '../platform/judge-layout.ts'
import { deriveUuid } from './derive-uuid.ts'
import { extentMib } from './plan-partitions.ts'
import { volumeTag } from './volume-tag.ts'

const extentsFor = (mib: number): number => Math.ceil(mib / extentMib)

/** A group and its volumes: the layout's first, or that of a data disk. */
export type GroupWanted = Pick<DataDisk, 'group' | 'volumes'>

/** The least number of extents that satisfies a group: "rest" counts with its minimum. */
export function extentsNeeded(wanted: GroupWanted): number {
  return wanted.volumes.reduce((sum, volume) => sum + extentsFor(volume.sizeMib === 'rest' ? Math.max(volume.minimumMib ?? 1, volume.filesystem === 'xfs' ? leastXfsMib : 1) : volume.sizeMib), 0)
}

/** The volumes of a fresh group of `extents` extents, which must be at least {@link extentsNeeded}. `scope` tells volumes of one name in several groups apart. */
export function planVolumes(wanted: GroupWanted, extents: number, machineId: string, seed: string, scope = ''): PlannedVolume[] {
  const fixed = wanted.volumes.reduce((sum, volume) => sum + (volume.sizeMib === 'rest' ? 0 : extentsFor(volume.sizeMib)), 0)
  return wanted.volumes.map(volume => ({
    group: wanted.group,
    name: volume.name,
    mount: volume.mount,
    filesystem: volume.filesystem,
    filesystemUuid: deriveUuid(seed, `filesystem:volume:${scope}${volume.name}`),
    extents: volume.sizeMib === 'rest' ? extents - fixed : extentsFor(volume.sizeMib),
    tag: volumeTag(machineId, volume.mount),
    keep: volume.keep,
    action: 'create',
    uuid: null,
    addTag: false,
  }))
}

/** A refusal for each thing that a layout says and that can't be made on any disk. */
export function refuseLayout(layout: Layout): Refusal[] {
  return judgeLayout(layout).map(because => ({ code: 'layout-impossible', because: `The layout can’t be made: ${because}.`, nextStep: 'Correct install.layouts in the bastion’s configuration.' }))
}
