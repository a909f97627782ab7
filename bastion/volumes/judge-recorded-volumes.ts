// Which logical volumes are the recorded ones: by UUID, record and tag together, never by name.
import type { Facts, LogicalVolume } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedVolume, StorageRecord } from '../../protocol/storage-record.ts'
import type { FoundGroup } from './judge-recorded-group.ts'
import { installedTag, parseVolumeTag, readyTag, volumeTag } from './volume-tag.ts'

/** A recorded volume and what it is now; `volume` is null where it is not there and may be made (anew). */
export interface FoundVolume {
  recorded: RecordedVolume
  group: FoundGroup
  volume: LogicalVolume | null
  /** It carries our tag. */
  tagged: boolean
  /** We made it, and no attempt ever got so far as to give it a file system and hand it to a system: it can hold nothing. */
  neverFinished: boolean
  /** An attempt of ours may have been cut while its file system was made. */
  inTheMaking: boolean
  /** How overrides name it: its name, with the group where two groups have one of that name. */
  name: string
}

/** The recorded volumes that are there or may be made, those about which nothing is certain, and a refusal for each that is lost, another, or not told for sure. */
export function findRecordedVolumes(groups: readonly FoundGroup[], record: StorageRecord, facts: Facts): { found: FoundVolume[], disputed: RecordedVolume[], refusals: Refusal[] } {
  const found: FoundVolume[] = []
  const disputed: RecordedVolume[] = []
  const refusals: Refusal[] = []
  const taken = new Set<string>()
  const finished = lastAttemptFinished(groups, record)
  for (const recorded of record.volumes) {
    const group = groups.find(each => each.recorded.name === recorded.group)
    if (group === undefined) continue
    const name = record.volumes.some(other => other !== recorded && other.name === recorded.name) ? `${recorded.group}/${recorded.name}` : recorded.name
    const { volume, refusal } = identify(recorded, group, record.machineId, name, finished)
    if (refusal !== null) refusals.push(refusal)
    if (refusal !== null && refusal.accept === undefined) {
      if (volume !== null) taken.add(volume.uuid)
      disputed.push(recorded)
      continue
    }
    if (volume !== null && taken.has(volume.uuid)) refusals.push({ code: 'record-inconsistent', because: `The volume ${volume.group}/${volume.name} was recorded twice.`, nextStep: 'Record the machine again: labctl provision adopt.' })
    if (volume !== null) taken.add(volume.uuid)
    const tagged = volume?.tags.includes(volumeTag(record.machineId, recorded.mount)) === true
    const ready = volume?.tags.includes(readyTag) === true
    found.push({ recorded, group, volume, tagged, name, neverFinished: recorded.origin === 'planned' && recorded.uuid === null && !ready && !finished, inTheMaking: tagged && !ready })
  }
  const groupless = record.volumes.filter(recorded => !groups.some(each => each.recorded.name === recorded.group))
  const explained = (volume: LogicalVolume): boolean => taken.has(volume.uuid) || groupless.some(({ uuid, mount }) => uuid === volume.uuid || (uuid === null && volume.tags.includes(volumeTag(record.machineId, mount))))
  const others = facts.lvm.logicalVolumes.filter(volume => !explained(volume))
  for (const volume of others.filter(each => each.tags.some(tag => parseVolumeTag(tag)?.machineId === record.machineId))) {
    refusals.push({ code: 'volume-tag-disagrees', because: `The volume ${volume.group}/${volume.name} (${volume.uuid}) has a tag of this machine (${volume.tags.join(', ')}), and was not recorded as its volume.`, nextStep: `If it is no volume of this machine any more: labctl provision rescue, then lvchange --deltag; else labctl provision adopt.` })
  }
  return { found, disputed, refusals }
}

/** Whether the newest attempt came to its end: the group says so, and / has the file system that was chosen last. */
export function lastAttemptFinished(groups: readonly FoundGroup[], record: StorageRecord): boolean {
  const root = record.volumes.find(volume => volume.mount === '/')
  const group = groups.find(each => each.recorded.name === root?.group)
  if (root === undefined || group === undefined || !group.group.tags.includes(installedTag)) return false
  const tag = volumeTag(record.machineId, '/')
  const seen = group.volumes.find(volume => volume.uuid === root.uuid || (root.uuid === null && volume.tags.includes(tag)))
  return seen === undefined || seen.signature?.uuid === root.filesystemUuids.at(-1)
}

function identify(recorded: RecordedVolume, group: FoundGroup, machineId: string, name: string, finished: boolean): { volume: LogicalVolume | null, refusal: Refusal | null } {
  const tag = volumeTag(machineId, recorded.mount)
  const full = `${recorded.group}/${recorded.name}`
  const purpose = `the volume ${full} (${recorded.mount})`
  const disagrees = (volume: LogicalVolume, because: string): { volume: LogicalVolume, refusal: Refusal } => ({ volume, refusal: { code: 'volume-tag-disagrees', because: `${because} (${volume.group}/${volume.name}, ${volume.uuid}, tags: ${volume.tags.join(', ') || 'none'}).`, nextStep: 'What carries another tag may be somebody else’s. Look at it (labctl provision rescue); if all is well, labctl provision adopt.' } })
  const lost = (volume: null): { volume: null, refusal: Refusal } => ({ volume, refusal: { code: 'lost-volume', because: `${purpose[0]!.toUpperCase()}${purpose.slice(1)} was recorded${recorded.uuid === null ? '' : ` as ${recorded.uuid}`}, and is not there.`, nextStep: `Restore it by hand (labctl provision rescue, then vgcfgrestore), and retry; or, if what it held is given up: --accept lost-volume=${name}`, accept: `lost-volume=${name}` } })
  const byTag = group.volumes.filter(volume => volume.tags.includes(tag) && (recorded.mount !== 'swap' || volume.name === recorded.name))
  if (recorded.uuid === null) {
    if (byTag.length > 1) return disagrees(byTag[1]!, `${byTag.length} volumes carry the tag of ${purpose}; one was expected`)
    const [volume] = byTag
    if (volume !== undefined) return otherTags(volume, tag).length === 0 ? { volume, refusal: null } : disagrees(volume, `What was recorded as ${purpose} carries another tag of ours too`)
    const namesake = group.volumes.find(each => each.name === recorded.name)
    if (namesake !== undefined) return disagrees(namesake, `There is a volume of the name of ${purpose}, without the tag that we gave it`)
    return finished ? lost(null) : { volume: null, refusal: null }
  }
  const volume = group.volumes.find(each => each.uuid === recorded.uuid)
  if (volume === undefined) {
    const instead = byTag[0] ?? group.volumes.find(each => each.name === recorded.name)
    if (instead === undefined) return lost(null)
    return { volume: instead, refusal: { code: 'volume-replaced', because: `${purpose[0]!.toUpperCase()}${purpose.slice(1)} was recorded as ${recorded.uuid}, and ${instead.group}/${instead.name} is ${instead.uuid}: it was made anew by somebody else.`, nextStep: 'If that was on purpose: labctl provision adopt.' } }
  }
  if (otherTags(volume, tag).length > 0) return disagrees(volume, `What was recorded as ${purpose} carries another tag of ours`)
  if (byTag.some(each => each !== volume)) return disagrees(byTag.find(each => each !== volume)!, `Another volume carries the tag of ${purpose}`)
  if (!volume.tags.includes(tag) && recorded.origin === 'planned') return disagrees(volume, `What was recorded as ${purpose} does not carry the tag that we gave it`)
  return { volume, refusal: null }
}

const otherTags = (volume: LogicalVolume, tag: string): string[] => volume.tags.filter(each => each !== tag && parseVolumeTag(each) !== null)
