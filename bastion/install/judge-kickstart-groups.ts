// Rules of volume groups in a Kickstart file.
import type { VolumeGroup } from '../../protocol/facts.ts'
import type { KickstartGround, KickstartMistake } from './judge-kickstart.ts'
import { commandsOf, type KickstartCommand, type VolGroup } from './kickstart-commands.ts'

/** The groups that are there and are not wiped. */
export function stayingGroups({ plan, facts }: KickstartGround): VolumeGroup[] {
  return facts.lvm.volumeGroups.filter(group => !plan.devices.some(device => device.kind === 'volume-group' && device.identity === group.uuid && device.action === 'wipe'))
}

/** Every broken rule of volume groups, and of the free space in them. */
export function judgeKickstartGroups(commands: readonly KickstartCommand[], ground: KickstartGround): KickstartMistake[] {
  const given = commandsOf(commands, 'volgroup')
  return [...twice(given, ground), ...given.flatMap(group => mistakesOf(group, commands, ground)), ...ground.plan.groups.filter(group => !given.some(({ name }) => name === group.name)).map(({ name }) => ({ code: 'kickstart-group' as const, because: `The plan has a group ${name}, and no command names it.` })), ...space(commands, ground), ...elsewhere(commands, ground)]
}

/** Rule 7: two groups of one name, anywhere on the machine. */
function twice(given: readonly VolGroup[], ground: KickstartGround): KickstartMistake[] {
  const names = [...stayingGroups(ground).map(({ name }) => name), ...given.filter(group => !group.useExisting).map(({ name }) => name)]
  const asked = given.map(({ name }) => name)
  const both = [...names.filter((name, index) => names.indexOf(name) !== index), ...asked.filter((name, index) => asked.indexOf(name) !== index)]
  return [...new Set(both)].map(name => ({ code: 'kickstart-group-twice', because: `There would be two groups named ${JSON.stringify(name)}, and Anaconda takes one of them without a word.` }))
}

/** Rules 4 and 7: one that is there is named without members, kept, and whole. */
function mistakesOf(group: VolGroup, commands: readonly KickstartCommand[], ground: KickstartGround): KickstartMistake[] {
  const wrong = (because: string): KickstartMistake[] => [{ code: 'kickstart-group', because }]
  const planned = ground.plan.groups.find(({ name }) => name === group.name)
  if (planned === undefined || (planned.action === 'reuse') !== group.useExisting) return wrong(`The group ${group.name} is ${planned === undefined ? 'not in the plan' : planned.action === 'reuse' ? 'there already, and would be made anew' : 'to be made, and is taken for one that is there'}.`)
  if (!group.useExisting) {
    const members = commandsOf(commands, 'part').filter(part => group.members.includes(part.mount))
    return group.members.length > 0 && members.length === group.members.length && members.every(part => part.onDisk !== null) ? [] : wrong(`The new group ${group.name} needs members that are partitions made here.`)
  }
  if (!group.noFormat || group.members.length > 0 || group.extentKib !== null) return wrong(`The group ${group.name} is there: it must be named with --useexisting --noformat, without members and sizes.`)
  const found = stayingGroups(ground).filter(({ name }) => name === group.name)
  const members = ground.facts.lvm.physicalVolumes.filter(volume => volume.group === group.name)
  if (found.length === 1 && found[0]!.uuid === planned.uuid && !found[0]!.partial && !found[0]!.exported && !members.some(volume => volume.missing || volume.duplicate)) return []
  return [{ code: 'kickstart-group-missing', because: `The group ${group.name} (${planned.uuid}) is not there whole: ${found.length === 0 ? 'none of that name was seen' : 'it is another one, exported, or a physical volume of it is missing or seen twice'}.` }]
}

/** Rule 12: new volumes fit; Anaconda would say so only on the machine. */
function space(commands: readonly KickstartCommand[], ground: KickstartGround): KickstartMistake[] {
  return ground.plan.groups.flatMap(group => {
    const extentMib = group.extentBytes / 2 ** 20
    const wanted = commandsOf(commands, 'logvol').filter(volume => volume.group === group.name && !volume.useExisting).reduce((sum, volume) => sum + Math.ceil((volume.sizeMib ?? 0) / extentMib) * extentMib, 0)
    const free = group.action === 'create' ? group.extents * extentMib : (stayingGroups(ground).find(({ uuid }) => uuid === group.uuid)?.freeBytes ?? 0) / 2 ** 20
    return wanted <= free ? [] : [{ code: 'kickstart-space' as const, because: `New volumes of ${wanted} MiB are wanted in the group ${group.name}, which has ${Math.floor(free)} MiB for them.` }]
  })
}

/** New volumes of a group that is there can't be told where to lie: not beside free space of a disk that the plan doesn't have, which somebody added by hand. */
function elsewhere(commands: readonly KickstartCommand[], { plan, facts }: KickstartGround): KickstartMistake[] {
  return plan.groups.filter(({ action, name }) => action === 'reuse' && commandsOf(commands, 'logvol').some(volume => volume.group === name && !volume.useExisting)).flatMap(group => {
    const added = facts.lvm.physicalVolumes.filter(volume => volume.group === group.name && !group.physicalVolumes.some(({ uuid }) => uuid === volume.uuid) && volume.freeBytes > 0)
    return added.map(({ device }) => ({ code: 'kickstart-space' as const, because: `A new volume of the group ${group.name} could come to lie on ${device}, which is not in the plan and has free space.` }))
  })
}
