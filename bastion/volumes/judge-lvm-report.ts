// Whether LVM's own report can be trusted, whatever is planned.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'

/** What LVM prints without anything being wrong with what is on the disks. */
const harmless = [/^File descriptor \d+ .*leaked/, /is using an old PV header/, /^\s*$/]

/** Refusals for warnings of LVM, physical volumes that were seen twice, and groups that share a name. */
export function judgeLvmReport({ lvm }: Facts): Refusal[] {
  const refusals: Refusal[] = []
  const warnings = lvm.warnings.filter(line => !harmless.some(pattern => pattern.test(line.trim())))
  if (warnings.length > 0) refusals.push({ code: 'lvm-unclear', because: `LVM complained, so it can’t be told for sure what lies on the disks: ${warnings.slice(0, 4).map(line => line.trim()).join(' | ')}`, nextStep: 'Repair it, or disconnect the disks concerned, and retry.' })
  const uuids = lvm.physicalVolumes.map(volume => volume.uuid)
  const duplicates = lvm.physicalVolumes.filter((volume, index) => volume.duplicate || uuids.indexOf(volume.uuid) !== index)
  if (duplicates.length > 0) refusals.push({ code: 'pv-duplicate', because: `A physical volume was seen twice: ${duplicates.map(volume => `${volume.uuid} on ${volume.device}`).join('; ')}.`, nextStep: 'Disconnect the clone or the second path, and retry.' })
  const names = lvm.volumeGroups.map(group => group.name)
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    refusals.push({ code: 'group-name-twice', because: `Two volume groups are named ${JSON.stringify(name)}, so which volume belongs to which can’t be told by name.`, nextStep: 'Rename one of them (vgrename by UUID), or disconnect its disk.' })
  }
  return refusals
}
