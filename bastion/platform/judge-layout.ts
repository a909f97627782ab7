// Decides whether a layout could be made on any disk at all, for whoever writes the configuration and for the planner.
import type { Layout } from '../../protocol/layout.ts'

/** What a mount point can't be: the partitions have it, the kernel fills it, the system can't start without it, or the root image has a link there. */
const notMountable = /^\/((boot|dev|proc|sys|run|bin|sbin|lib|lib32|lib64|libx32)(\/.*)?|etc|usr|usr\/(bin|sbin|lib|lib64)|var\/(run|lock)(\/.*)?)$/
/** Names that LVM keeps for itself (lvm(8), "Reserved names"). */
const keptByLvm = /^(snapshot|pvmove)|_(cdata|cmeta|corig|cpool|cvol|wcorig|iorig|imeta|mimage|mlog|rimage|rmeta|tdata|tmeta|vdata|vorigin|pmspare)/
/** mkfs.xfs(8) makes nothing smaller. */
export const leastXfsMib = 300

/** What a layout says that can't be made on any disk, a phrase each; empty when there is nothing. */
export function judgeLayout(layout: Layout): string[] {
  const wrong: string[] = []
  const twice = (values: string[]): string[] => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]
  const groups = [layout, ...layout.data ?? []]
  const volumes = groups.flatMap(group => group.volumes)
  for (const mount of twice(volumes.map(volume => volume.mount).filter(mount => mount !== 'swap'))) wrong.push(`${mount} is wanted twice`)
  for (const group of twice(groups.map(({ group }) => group))) wrong.push(`two groups are named ${group}`)
  for (const { group, volumes } of groups) {
    for (const name of twice(volumes.map(volume => volume.name))) wrong.push(`two volumes are named ${name}${groups.length > 1 ? ` in the group ${group}` : ''}`)
    if (volumes.filter(volume => volume.sizeMib === 'rest').length > 1) wrong.push(`only one volume can have the rest${groups.length > 1 ? ` of the group ${group}` : ''}`)
  }
  for (const id of twice(groups.flatMap(({ disk }) => disk.id ?? []))) wrong.push(`two groups want the disk ${id}`)
  if (!layout.volumes.some(volume => volume.mount === '/')) wrong.push(volumes.some(volume => volume.mount === '/') ? '/ must be in the first group' : 'no volume is mounted on /')
  for (const { name, mount, filesystem, sizeMib, keep } of volumes) {
    if (notMountable.test(mount)) wrong.push(`${mount} can’t be a logical volume`)
    if (keptByLvm.test(name)) wrong.push(`LVM keeps names such as ${name} for itself`)
    if ((mount === 'swap') !== (filesystem === 'swap')) wrong.push(`volume ${name} must have mount and filesystem both swap, or neither`)
    if (filesystem === 'xfs' && sizeMib !== 'rest' && sizeMib < leastXfsMib) wrong.push(`volume ${name} has ${sizeMib} MiB, and xfs needs ${leastXfsMib} MiB`)
    if (keep && mount === '/') wrong.push('/ is reformatted by every install and cannot be kept')
  }
  return wrong
}
