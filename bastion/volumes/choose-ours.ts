// Which volumes of a machine would be taken for ours: those that somebody named, else those with our tag, else those that look like the layout's.
import type { Facts, LogicalVolume } from '../../protocol/facts.ts'
import type { Layout, VolumeWanted } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordFile } from '../../protocol/storage-record.ts'
import { parseVolumeTag } from './volume-tag.ts'

/** A volume, what it would be taken for, and by what. */
export interface OurVolume { volume: LogicalVolume, mount: string, keep: boolean, by: 'named' | 'tag' | 'name' }

/** The internal ids that the tags of a machine's volumes name. */
export function taggedMachines(facts: Facts): string[] {
  return [...new Set(facts.lvm.logicalVolumes.flatMap(volume => volume.tags.flatMap(tag => parseVolumeTag(tag)?.machineId ?? [])))]
}

/** The one that they name; null when there is none, or more than one. */
export function taggedMachine(facts: Facts): string | null {
  const ids = taggedMachines(facts)
  return ids.length === 1 ? ids[0]! : null
}

/** The volumes, and a refusal for each that was named and can't be, or that carries another machine's tag. */
export function chooseOurs(facts: Facts, layout: Layout, machineId: string, named: RecordFile['volumes']): { ours: OurVolume[], refusals: Refusal[] } {
  const refusals: Refusal[] = []
  const { logicalVolumes } = facts.lvm
  const wanted = [layout, ...layout.data ?? []].flatMap(({ group, volumes }) => volumes.map(volume => ({ group, volume })))
  // What the layout does not know stays, whatever it is.
  const keeps = (mount: string): boolean => wanted.find(({ volume }) => volume.mount === mount)?.volume.keep ?? mount !== '/'
  const tagged = logicalVolumes.flatMap(volume => volume.tags.flatMap(tag => {
    const parsed = parseVolumeTag(tag)
    return parsed?.machineId === machineId ? [{ volume, mount: parsed.mount, keep: keeps(parsed.mount), by: 'tag' as const }] : []
  }))
  const fitting = (group: string, { name, mount, keep }: VolumeWanted): OurVolume[] => logicalVolumes.filter(volume => volume.group === group && volume.name === name).map(volume => ({ volume, mount, keep, by: 'name' as const }))
  const ours = named !== undefined ? named.flatMap(({ group, name, mount, keep }): OurVolume[] => {
    const volume = logicalVolumes.find(each => each.group === group && each.name === name)
    if (volume === undefined) refusals.push({ code: 'lost-volume', because: `${group}/${name} was named as the volume for ${mount}, and there is none; the machine has ${logicalVolumes.map(each => `${each.group}/${each.name}`).join(', ') || 'none at all'}.`, nextStep: 'Name the volumes as they are.' })
    return volume === undefined ? [] : [{ volume, mount, keep: keep ?? keeps(mount), by: 'named' }]
  }) : tagged.length > 0 ? tagged : wanted.flatMap(({ group, volume }) => fitting(group, volume))
  for (const { volume, mount } of ours) {
    const other = volume.tags.find(tag => { const parsed = parseVolumeTag(tag); return parsed !== null && (parsed.machineId !== machineId || parsed.mount !== mount) })
    if (other !== undefined) refusals.push({ code: 'volume-tag-disagrees', because: `${volume.group}/${volume.name} would be taken for ${mount} of the machine ${machineId}, and its tag says otherwise: ${other}.`, nextStep: 'If the tag is wrong: labctl provision rescue, then lvchange --deltag; then adopt again.' })
  }
  const twice = (values: string[]): string[] => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
  for (const mount of twice(ours.flatMap(each => (each.mount === 'swap' ? [] : [each.mount])))) refusals.push({ code: 'adopt-ambiguous', because: `More than one volume would be taken for ${mount}: ${ours.filter(each => each.mount === mount).map(({ volume }) => `${volume.group}/${volume.name}`).join(', ')}.`, nextStep: 'Name each volume and its mount point once.' })
  for (const uuid of twice(ours.map(each => each.volume.uuid))) refusals.push({ code: 'adopt-ambiguous', because: `The volume ${uuid} would be taken for ${ours.filter(each => each.volume.uuid === uuid).map(each => each.mount).join(' and ')}.`, nextStep: 'Name each volume and its mount point once.' })
  return { ours, refusals }
}
