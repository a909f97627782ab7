// Folders that are to get a volume of their own, inside a volume that is formatted: what lies in them would be lost.
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { FoundVolume } from './judge-recorded-volumes.ts'
import { isKept, type Homeless, type VolumePlace } from './plan-reused-volumes.ts'

/** For each kept path of the layout that is no volume yet, or no more: on a machine of our making, and where it was one, the steps look whether its folder is empty; else, on an adopted one, where it hardly is, a refusal. `accepted` are overrides that were given. */
export function judgeShadowed(places: readonly VolumePlace[], homeless: readonly Homeless[], found: readonly FoundVolume[], accepted: readonly string[]): { mustBeEmpty: StoragePlan['mustBeEmpty'], refusals: Refusal[], used: string[] } {
  const mustBeEmpty: StoragePlan['mustBeEmpty'] = []
  const refusals: Refusal[] = []
  const used: string[] = []
  const making = [...places.filter(place => isKept(place) && ((place.found?.volume ?? null) === null || place.found!.neverFinished)), ...homeless.filter(({ wanted }) => wanted.keep)]
  for (const made of making.filter(place => place.wanted.mount !== 'swap')) {
    const { wanted } = made
    const above = found.filter(each => each.volume !== null && !each.neverFinished && each.recorded.mount !== 'swap' && each.recorded.mount !== wanted.mount && isBelow(wanted.mount, each.recorded.mount))
      .reduce<FoundVolume | null>((nearest, each) => (nearest === null || each.recorded.mount.length > nearest.recorded.mount.length ? each : nearest), null)
    const place = places.find(each => each.found === above)
    if (above === null || above.volume === null || place === undefined || isKept(place)) continue
    const accept = `lost-folder=${wanted.mount}`
    if (accepted.includes(accept)) used.push(accept)
    else if (above.recorded.origin === 'planned' || ('found' in made && made.found !== null)) mustBeEmpty.push({ path: wanted.mount, group: above.volume.group, volume: above.volume.name })
    else refusals.push({ code: 'kept-path-in-reformatted', because: `The layout keeps ${wanted.mount}, which has no volume of its own on this machine: it is a folder inside ${above.volume.group}/${above.volume.name} (${above.recorded.mount}), which is to be formatted.`, nextStep: `Move it to a volume of its own and adopt that, or, if what lies there may be lost: --accept ${accept}`, accept })
  }
  return { mustBeEmpty, refusals, used }
}

const isBelow = (path: string, mount: string): boolean => mount === '/' || path.startsWith(`${mount}/`)
