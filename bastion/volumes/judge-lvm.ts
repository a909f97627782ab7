// Whether a new group can live beside the groups that stay.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { bundles, nameOf } from './judge-contents.ts'
import { judgeLvmReport } from './judge-lvm-report.ts'
import type { GroupWanted } from './plan-volumes.ts'

/** The name under /dev/mapper with the doubled dashes read as one, which is how some tools look volumes up. */
export const joinedName = (group: string, volume: string): string => `${group}-${volume}`.replaceAll('--', '-')

/** Refusals for warnings of LVM, duplicated PVs, groups that share a name, and names that a group that stays already has. */
export function judgeLvm(facts: Facts, layout: Layout, wiped: readonly Disk[]): Refusal[] {
  const refusals = judgeLvmReport(facts)
  const groups = bundles(facts).filter(bundle => bundle.kind === 'volume group')
  const staying = groups.filter(bundle => bundle.elsewhere.length > 0 || bundle.disks.length === 0 || bundle.disks.some(disk => !wiped.includes(disk)))
  const where = (bundle: { disks: Disk[] }): string => (bundle.disks.length === 0 ? 'a device that is no plain disk' : bundle.disks.map(nameOf).join(', '))
  const wanted: GroupWanted[] = [layout, ...layout.data ?? []]
  for (const bundle of staying.filter(({ name }) => wanted.some(({ group }) => group === name))) {
    refusals.push({ code: 'group-name-taken', because: `The layout makes a volume group ${bundle.name}, and there is one of that name already, ${bundle.uuid} on ${where(bundle)}.`, nextStep: bundle.disks.length === 0 ? 'Rename the group, or the layout’s.' : `Rename that group or the layout’s, or destroy it too: ${bundle.disks.map(disk => `--wipe ${nameOf(disk)}`).join(' ')}` })
  }
  const ours = new Map(wanted.flatMap(({ group, volumes }) => volumes.map(({ name }) => [joinedName(group, name), { group, name }])))
  for (const volume of facts.lvm.logicalVolumes) {
    const mine = ours.get(joinedName(volume.group, volume.name))
    if (mine === undefined || wanted.some(({ group }) => group === volume.group) || !staying.some(bundle => bundle.uuid === volume.groupUuid)) continue
    refusals.push({ code: 'joined-name-taken', because: `Volume ${mine.name} of group ${mine.group} and volume ${volume.name} of group ${volume.group} would both be read as ${joinedName(volume.group, volume.name)}.`, nextStep: 'Rename one of them.' })
  }
  return refusals
}
