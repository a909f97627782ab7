// Whether LVM's own report can be trusted, and whether a new group can live beside the groups that stay.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { bundles, nameOf } from './judge-contents.ts'
import type { GroupWanted } from './plan-volumes.ts'

/** What LVM prints without anything being wrong with what is on the disks. */
const harmless = [/^File descriptor \d+ .*leaked/, /is using an old PV header/, /^\s*$/]

/** The name under /dev/mapper with the doubled dashes read as one, which is how some tools look volumes up. */
export const joinedName = (group: string, volume: string): string => `${group}-${volume}`.replaceAll('--', '-')

/** Refusals for warnings of LVM, duplicated PVs, groups that share a name, and names that a group that stays already has. */
export function judgeLvm(facts: Facts, layout: Layout, wiped: readonly Disk[]): Refusal[] {
  const refusals: Refusal[] = []
  const warnings = facts.lvm.warnings.filter(line => !harmless.some(pattern => pattern.test(line.trim())))
  if (warnings.length > 0) refusals.push({ code: 'lvm-unclear', because: `LVM complained, so it can’t be told for sure what lies on the disks: ${warnings.slice(0, 4).map(line => line.trim()).join(' | ')}`, nextStep: 'Repair it, or disconnect the disks concerned, and retry.' })
  const duplicates = facts.lvm.physicalVolumes.filter(volume => volume.duplicate)
  if (duplicates.length > 0) refusals.push({ code: 'pv-duplicate', because: `A physical volume was seen twice: ${duplicates.map(volume => `${volume.uuid} on ${volume.device}`).join('; ')}.`, nextStep: 'Disconnect the clone or the second path, and retry.' })
  const groups = bundles(facts).filter(bundle => bundle.kind === 'volume group')
  const staying = groups.filter(bundle => bundle.elsewhere.length > 0 || bundle.disks.length === 0 || bundle.disks.some(disk => !wiped.includes(disk)))
  const where = (bundle: { disks: Disk[] }): string => (bundle.disks.length === 0 ? 'a device that is no plain disk' : bundle.disks.map(nameOf).join(', '))
  const wanted: GroupWanted[] = [layout, ...layout.data ?? []]
  for (const bundle of staying.filter(({ name }) => wanted.some(({ group }) => group === name))) {
    refusals.push({ code: 'group-name-taken', because: `The layout makes a volume group ${bundle.name}, and there is one of that name already, ${bundle.uuid} on ${where(bundle)}.`, nextStep: bundle.disks.length === 0 ? 'Rename the group, or the layout’s.' : `Rename that group or the layout’s, or destroy it too: ${bundle.disks.map(disk => `--wipe ${nameOf(disk)}`).join(' ')}` })
  }
  const names = groups.map(({ name }) => name)
  for (const name of new Set(names.filter((name, index) => names.indexOf(name) !== index))) {
    refusals.push({ code: 'group-name-twice', because: `Two volume groups are named ${JSON.stringify(name)}, so which volume belongs to which can’t be told by name.`, nextStep: 'Rename one of them (vgrename by UUID), or disconnect its disk.' })
  }
  const ours = new Map(wanted.flatMap(({ group, volumes }) => volumes.map(({ name }) => [joinedName(group, name), { group, name }])))
  for (const volume of facts.lvm.logicalVolumes) {
    const mine = ours.get(joinedName(volume.group, volume.name))
    if (mine === undefined || wanted.some(({ group }) => group === volume.group) || !staying.some(bundle => bundle.uuid === volume.groupUuid)) continue
    refusals.push({ code: 'joined-name-taken', because: `Volume ${mine.name} of group ${mine.group} and volume ${volume.name} of group ${volume.group} would both be read as ${joinedName(volume.group, volume.name)}.`, nextStep: 'Rename one of them.' })
  }
  return refusals
}
