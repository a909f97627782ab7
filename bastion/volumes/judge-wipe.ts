// Which disks an install may destroy: the chosen one if it holds nothing, and those that --wipe names exactly; a group or array goes as a whole or not at all.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { describeDisk, isDisk, stableNames } from './disk-identity.ts'
import { bundles, diskContents, entangled, nameOf } from './judge-contents.ts'

/** Refusals for identities in --wipe that mean no disk, or more than one. */
export function judgeWipe(facts: Facts, wipe: readonly string[]): Refusal[] {
  return wipe.flatMap(identity => {
    const found = facts.disks.filter(disk => isDisk(disk, identity))
    const known = facts.disks.map(describeDisk).join('; ')
    if (found.length === 0) return [{ code: 'wipe-unknown-disk', because: `--wipe names ${JSON.stringify(identity)}, and no disk of the machine is known by that. It has: ${known === '' ? 'none' : known}.`, nextStep: 'Name the disk by its by-id name, WWN or serial, exactly as shown.' }]
    if (found.length > 1) return [{ code: 'wipe-ambiguous', because: `--wipe names ${JSON.stringify(identity)}, which fits ${found.length} disks: ${found.map(describeDisk).join('; ')}.`, nextStep: 'Name it by its WWN or by-id name, which differ.' }]
    return []
  })
}

const codes = { 'volume group': 'group-spans-disks', 'RAID array': 'raid-spans-disks', pool: 'members-elsewhere' } as const

/** The disks to be wiped beside the chosen ones, and every reason why those must not be written. `named` are the disks that may be wiped, `groups` the names of the groups to be made. A named disk that hangs together with nothing that is wiped, and blocks nothing, is left alone. */
export function judgeLosses(facts: Facts, chosen: readonly Disk[], named: readonly Disk[], groups: readonly string[]): { alsoWiped: Disk[], refusals: Refusal[] } {
  const refusals: Refusal[] = []
  const all = bundles(facts)
  const inTheWay = all.filter(bundle => bundle.kind === 'volume group' && groups.includes(bundle.name) && bundle.disks.length > 0 && bundle.disks.every(disk => named.includes(disk))).flatMap(bundle => bundle.disks)
  const together = entangled([...chosen, ...inTheWay], all)
  for (const disk of chosen.filter(disk => !named.includes(disk))) {
    const contents = diskContents(disk, facts)
    if (contents.length > 0) refusals.push({ code: 'disk-holds-data', because: `${describeDisk(disk)} is ${disk === chosen[0] ? 'the disk to install to' : 'a data disk of the layout'}, and it holds: ${contents.join('; ')}.`, nextStep: `If all of that may be destroyed: --wipe ${nameOf(disk)}` })
  }
  for (const bundle of all.filter(bundle => bundle.disks.some(disk => together.includes(disk)))) {
    const spared = bundle.disks.filter(disk => !chosen.includes(disk) && !named.includes(disk))
    const rest = [...spared.map(describeDisk), ...bundle.elsewhere]
    if (rest.length > 0 && bundle.disks.length + bundle.elsewhere.length > 1) {
      refusals.push({ code: codes[bundle.kind], because: `The ${bundle.kind} ${bundle.name} lies on ${bundle.disks.map(nameOf).join(', ')} and on ${bundle.elsewhere.length === 0 ? 'disks that --wipe does not name' : 'something that can’t be wiped with it'} (${rest.join('; ')}): destroying one part would break the rest.`, nextStep: bundle.elsewhere.length === 0 ? `Name every disk of it: ${bundle.disks.map(disk => `--wipe ${nameOf(disk)}`).join(' ')}` : 'Reconnect the missing part, or take it apart by hand first.' })
    }
  }
  for (const disk of [...together].filter(disk => chosen.includes(disk) || named.includes(disk))) {
    const places = [disk, ...disk.partitions].map(({ name, signature }) => ({ device: `/dev/${name}`, types: signature?.type.split('+') ?? [] }))
    const members = places.filter(({ types }) => types.some(type => type.endsWith('_raid_member')))
    const unread = places.filter(({ device, types }) => types.includes('LVM2_member') && !facts.lvm.physicalVolumes.some(volume => volume.device === device))
    const known = all.some(bundle => bundle.kind === 'RAID array' && bundle.disks.includes(disk))
    if (members.length > 0 && !known) refusals.push({ code: 'raid-unknown', because: `${describeDisk(disk)} holds part of a RAID array that could not be read, so it can’t be told what else belongs to it.`, nextStep: 'Take the array apart by hand (mdadm --zero-superblock), or use another disk.' })
    if (members.length === 0 && unread.length > 0) refusals.push({ code: 'lvm-unread', because: `${describeDisk(disk)} holds a physical volume that LVM does not list (${unread.map(({ device }) => device).join(', ')}), so it can’t be told what else belongs to its group.`, nextStep: 'Look at it by hand (pvs, pvck) and remove it there (pvremove, or wipefs -a), or use another disk; then retry.' })
    if (disk.readOnly || stableNames(disk).length === 0) refusals.push({ code: 'disk-not-wipable', because: `${describeDisk(disk)} would have to be wiped, but ${disk.readOnly ? 'it is read-only' : 'it has no stable identity'}.`, nextStep: 'Disconnect it, or make it writable and identifiable.' })
  }
  return { alsoWiped: together.filter(disk => !chosen.includes(disk) && named.includes(disk)), refusals }
}
