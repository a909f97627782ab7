// Rules of logical volumes and mount points in a Kickstart file.
import type { PlannedVolume } from '../../protocol/storage-plan.ts'
import { joinedName } from '../volumes/judge-lvm.ts'
import { stayingGroups } from './judge-kickstart-groups.ts'
import type { KickstartGround, KickstartMistake } from './judge-kickstart.ts'
import { commandsOf, type KickstartCommand, type LogVol } from './kickstart-commands.ts'

/** Every broken rule of logical volumes and mount points. */
export function judgeKickstartVolumes(commands: readonly KickstartCommand[], ground: KickstartGround): KickstartMistake[] {
  const given = commandsOf(commands, 'logvol')
  const missing = ground.plan.volumes.filter(volume => !given.some(({ group, name }) => group === volume.group && name === volume.name))
  return [
    ...mounts(commands), ...joined(given, ground), ...given.flatMap(volume => mistakesOf(volume, ground)), ...root(commands),
    ...missing.map(({ group, name, mount }) => ({ code: 'kickstart-volume' as const, because: `The plan has a volume ${group}/${name} for ${mount}, and no command names it.` })),
  ]
}

/** Rules 3 and 5: each volume has a mount point, and each mount point stands once. */
function mounts(commands: readonly KickstartCommand[]): KickstartMistake[] {
  const given = [...commandsOf(commands, 'part').filter(part => !/^(pv\.\d+|biosboot)$/.test(part.mount)), ...commandsOf(commands, 'logvol')].map(({ mount }) => mount)
  const twice = given.filter((mount, index) => mount !== 'swap' && given.indexOf(mount) !== index)
  return [
    ...given.filter(mount => mount !== 'swap' && !mount.startsWith('/')).map(mount => ({ code: 'kickstart-no-mount' as const, because: `${JSON.stringify(mount)} is no mount point: what is not mounted must not be named at all.` })),
    ...[...new Set(twice)].map(mount => ({ code: 'kickstart-mount-twice' as const, because: `${mount} is a mount point twice: Anaconda would destroy the volume that has it, without a word.` })),
  ]
}

/** Rule 6: volumes are looked up by group and name joined, on all disks. */
function joined(given: readonly LogVol[], ground: KickstartGround): KickstartMistake[] {
  const staying = new Set(stayingGroups(ground).map(({ uuid }) => uuid))
  const there = ground.facts.lvm.logicalVolumes.filter(volume => staying.has(volume.groupUuid))
  const ours = new Set(ground.plan.groups.map(group => group.uuid))
  return given.flatMap((volume, index) => {
    const name = joinedName(volume.group, volume.name)
    const same = (other: { group: string, name: string }): boolean => joinedName(other.group, other.name) === name
    const clash = [...there.filter(other => same(other) && !(volume.useExisting && other.group === volume.group && other.name === volume.name && ours.has(other.groupUuid))), ...given.slice(0, index).filter(same)]
    return clash.map(other => ({ code: 'kickstart-joined-name' as const, because: `${volume.group}/${volume.name} and ${other.group}/${other.name} would both be read as ${name}, and Anaconda may format either.` }))
  })
}

/** Rules 1, 2 and 12: a kept volume is never formatted, one to be formatted stays in its place, a new one is new. */
function mistakesOf(volume: LogVol, ground: KickstartGround): KickstartMistake[] {
  const name = `${volume.group}/${volume.name}`
  const planned = ground.plan.volumes.find(found => found.group === volume.group && found.name === volume.name)
  if (planned === undefined) return [{ code: 'kickstart-volume', because: `The plan has no volume ${name}.` }]
  const wrong: KickstartMistake[] = [...planned.mount === volume.mount ? [] : [{ code: 'kickstart-volume' as const, because: `The volume ${name} is for ${planned.mount}, and would be mounted on ${volume.mount}.` }], ...identity(volume, planned, ground)]
  const { useExisting, noFormat, filesystem, sizeMib, grow } = volume
  if (planned.action === 'keep' && !(useExisting && noFormat && filesystem === null && sizeMib === null && !grow)) wrong.push({ code: 'kickstart-keep', because: `The volume ${name} is kept, and must be named with --useexisting --noformat and nothing else: --useexisting alone formats it.` })
  if (planned.action === 'reformat' && !(useExisting && !noFormat && filesystem === planned.filesystem && sizeMib === null && !grow)) wrong.push({ code: 'kickstart-reformat', because: `The volume ${name} is formatted in place, and must be named with --useexisting --fstype=${planned.filesystem}, without a size.` })
  if (planned.action === 'create' && !(!useExisting && !noFormat && filesystem === planned.filesystem && sizeMib !== null && sizeMib > 0)) wrong.push({ code: 'kickstart-create', because: `The volume ${name} is made, and needs --size and --fstype=${planned.filesystem}.` })
  return wrong
}

function identity(volume: LogVol, planned: PlannedVolume, ground: KickstartGround): KickstartMistake[] {
  const staying = new Set(stayingGroups(ground).map(({ uuid }) => uuid))
  const there = ground.facts.lvm.logicalVolumes.filter(found => staying.has(found.groupUuid) && found.group === volume.group && found.name === volume.name)
  if (planned.action === 'create') return there.length === 0 ? [] : [{ code: 'kickstart-volume-there', because: `The volume ${volume.group}/${volume.name} would be made, and there is one of that name.` }]
  return there.length === 1 && there[0]!.uuid === planned.uuid ? [] : [{ code: 'kickstart-volume-missing', because: `The volume ${volume.group}/${volume.name} (${planned.uuid}) is not there, or is another one.` }]
}

/** Rule 10: RHEL 10 and Fedora accept a root that is not formatted. */
function root(commands: readonly KickstartCommand[]): KickstartMistake[] {
  const roots = [...commandsOf(commands, 'part'), ...commandsOf(commands, 'logvol')].filter(({ mount }) => mount === '/')
  return roots.length === 1 && !roots[0]!.noFormat && roots[0]!.filesystem !== null ? [] : [{ code: 'kickstart-root', because: `/ must stand once and be formatted; it stands ${roots.length} times${roots.some(({ noFormat }) => noFormat) ? ', unformatted' : ''}.` }]
}
