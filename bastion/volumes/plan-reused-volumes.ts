// What happens to each volume of the layout on a machine that has volumes already, and how much room the new ones get.
import type { Layout, VolumeWanted } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedVolume } from '../../protocol/storage-plan.ts'
import { leastXfsMib } from '../platform/judge-layout.ts'
import { deriveUuid } from './derive-uuid.ts'
import type { FoundStorage } from './find-recorded.ts'
import type { FoundGroup } from './judge-recorded-group.ts'
import type { FoundVolume } from './judge-recorded-volumes.ts'
import { judgeReformatted, judgeStaying } from './judge-volume.ts'
import { volumeTag } from './volume-tag.ts'

const mib = 2 ** 20
type Identity = { machineId: string, seed: string }

/** A volume of the layout, the group it belongs into, and what was recorded and found for it. */
export interface VolumePlace { wanted: VolumeWanted, group: FoundGroup, found: FoundVolume | null }

/** A volume of the layout whose group is not there. */
export interface Homeless { group: string, wanted: VolumeWanted }

/** Pairs each volume of the layout with the recorded one for the same mount point, wherever that lies; `homeless` are those whose group is not there. What is for a `disputed` one has no place. */
export function placeVolumes(layout: Layout, { groups, volumes: found, disputed }: Pick<FoundStorage, 'groups' | 'volumes' | 'disputed'>): { places: VolumePlace[], homeless: Homeless[] } {
  const places: VolumePlace[] = []
  const homeless: Homeless[] = []
  const swaps = [layout, ...layout.data ?? []].flatMap(({ volumes }) => volumes).filter(volume => volume.mount === 'swap')
  const recordedSwaps = found.filter(each => each.recorded.mount === 'swap')
  const matching = (wanted: VolumeWanted): FoundVolume | undefined => wanted.mount !== 'swap' ? found.find(each => each.recorded.mount === wanted.mount)
    : recordedSwaps.find(each => each.recorded.name === wanted.name) ?? (swaps.length === 1 && recordedSwaps.length === 1 ? recordedSwaps[0] : undefined)
  const system = groups.find(group => found.some(each => each.group === group && each.recorded.mount === '/')) ?? groups[0]
  for (const [index, part] of [layout, ...layout.data ?? []].entries()) {
    const own = index === 0 ? system : groups.find(group => group !== system && group.recorded.name === part.group)
    for (const wanted of part.volumes) {
      const match = matching(wanted)
      if (match === undefined && disputed.some(each => each.mount === wanted.mount)) continue
      const group = match?.group ?? own
      if (group === undefined) homeless.push({ group: part.group, wanted })
      else places.push({ wanted, group, found: match ?? null })
    }
  }
  return { places, homeless }
}

/** Whether a volume outlives this order: what either the layout or the record says is kept, unless it never held anything. */
export const isKept = ({ wanted, found }: VolumePlace): boolean => wanted.mount !== '/' && (wanted.keep || found?.recorded.keep === true)

/** The volumes of the layout in its order, what is left in each group, and every reason why it can't be so. */
export function planReusedVolumes(places: readonly VolumePlace[], groups: readonly FoundGroup[], identity: Identity): { volumes: PlannedVolume[], free: Map<FoundGroup, number>, refusals: Refusal[] } {
  const refusals: Refusal[] = []
  const free = new Map(groups.map(group => [group, freeExtents(group)]))
  const extents = new Map<VolumePlace, number>()
  for (const group of groups) {
    const making = places.filter(place => place.group === group && (place.found?.volume ?? null) === null)
    const needed = making.map(place => ({ place, extents: extentsFor(place.wanted, group.group.extentBytes) }))
    const sum = needed.reduce((total, each) => total + each.extents, 0)
    const left = free.get(group)! - sum
    if (left < 0) refusals.push({ code: 'not-enough-space', because: `The volumes to be made in ${group.group.name} (${making.map(({ wanted }) => wanted.name).join(', ')}) need ${sum} extents of ${group.group.extentBytes / mib} MiB, and ${free.get(group)} are free on its recorded disks.`, nextStep: 'Use a layout with smaller new volumes, or make room by hand (labctl provision rescue). A kept volume is never shrunk.' })
    const rest = needed.find(({ place }) => place.wanted.sizeMib === 'rest')
    for (const each of needed) extents.set(each.place, each.extents + (each === rest ? Math.max(left, 0) : 0))
    free.set(group, rest === undefined ? Math.max(left, 0) : 0)
    refusals.push(...making.flatMap(place => takenName(place)))
  }
  const volumes = places.map((place): PlannedVolume => {
    const { wanted, group, found } = place
    const keep = isKept(place)
    const volume = found?.volume ?? null
    const stays = volume !== null && keep && !found!.neverFinished
    if (volume !== null) refusals.push(...stays ? judgeStaying(found!, wanted) : judgeReformatted(found!, wanted))
    if (wanted.mount === '/' && found?.recorded.keep === true) refusals.push({ code: 'record-inconsistent', because: `${found.recorded.group}/${found.recorded.name} was recorded as / and as kept; / is reformatted by every reprovision.`, nextStep: 'Record the machine again without keeping /: labctl provision adopt.' })
    const name = volume?.name ?? wanted.name
    return {
      group: group.group.name, name, mount: wanted.mount, filesystem: stays ? presentType(volume.signature?.type, wanted) : wanted.filesystem,
      filesystemUuid: stays ? volume.signature?.uuid ?? '' : deriveUuid(identity.seed, `filesystem:volume:${group.group.name}/${name}`),
      extents: volume === null ? extents.get(place)! : volume.sizeBytes / group.group.extentBytes,
      tag: volumeTag(identity.machineId, wanted.mount), keep, action: stays ? 'keep' : volume === null ? 'create' : 'reformat',
      uuid: volume?.uuid ?? null, addTag: volume !== null && !found!.tagged,
    }
  })
  return { volumes, free, refusals }
}

/** Free extents on the recorded partitions of a group: nothing of ours goes to a disk that somebody added by hand. */
function freeExtents(group: FoundGroup): number {
  const bytes = group.physicalVolumes.filter(({ recorded, place, seen }) => recorded && place !== null && !seen.missing).reduce((sum, { seen }) => sum + seen.freeBytes, 0)
  return Math.floor(bytes / group.group.extentBytes)
}

function extentsFor(wanted: VolumeWanted, extentBytes: number): number {
  const least = wanted.sizeMib === 'rest' ? Math.max(wanted.minimumMib ?? 1, wanted.filesystem === 'xfs' ? leastXfsMib : 1) : wanted.sizeMib
  return Math.ceil(least * mib / extentBytes)
}

const presentType = (type: string | undefined, wanted: VolumeWanted): PlannedVolume['filesystem'] => (type === 'ext4' || type === 'xfs' || type === 'swap' ? type : wanted.filesystem)

function takenName({ wanted, group }: VolumePlace): Refusal[] {
  const taken = group.volumes.find(volume => volume.name === wanted.name)
  if (taken === undefined) return []
  return [{ code: 'volume-name-taken', because: `The layout wants a new volume ${wanted.name} for ${wanted.mount} in ${group.group.name}, and there is one of that name (${taken.uuid}) that was not recorded as such.`, nextStep: `If it is meant for ${wanted.mount}: labctl provision adopt; else give the layout’s volume another name.` }]
}
