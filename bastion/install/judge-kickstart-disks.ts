// Rules of disks and partitions in a Kickstart file.
import type { PlannedPartition, StoragePlan } from '../../protocol/storage-plan.ts'
import { devicesOf } from '../volumes/judge-contents.ts'
import { partitionTypes } from '../volumes/plan-partitions.ts'
import type { KickstartGround, KickstartMistake } from './judge-kickstart.ts'
import { commandsOf, diskPath, partitionPath, type KickstartCommand, type Part } from './kickstart-commands.ts'

/** Every broken rule of disks and partitions. */
export function judgeKickstartDisks(commands: readonly KickstartCommand[], ground: KickstartGround): KickstartMistake[] {
  return [...names(commands, ground), ...onlyUse(commands, ground), ...clearing(commands, ground), ...partitions(commands, ground), ...booting(commands, ground)]
}

const plain = /^\/dev\/disk\/by-id\/[\w.:+=@-]+$/

/** Rule 9: stable names only, each of exactly one thing that is there. */
function names(commands: readonly KickstartCommand[], { facts }: KickstartGround): KickstartMistake[] {
  const parts = commandsOf(commands, 'part')
  const disks = new Set([...commandsOf(commands, 'ignoredisk').flatMap(found => found.onlyUse), ...commandsOf(commands, 'clearpart').flatMap(found => found.drives), ...commandsOf(commands, 'bootloader').map(found => found.bootDrive), ...parts.flatMap(found => found.onDisk ?? [])])
  const count = (path: string): number => facts.disks.filter(disk => disk.byId.some(name => diskPath(name) === path)).length
  const partUuids = facts.disks.flatMap(disk => disk.partitions.flatMap(seen => seen.partUuid ?? [])).map(uuid => partitionPath(uuid.toLowerCase()))
  return [
    ...[...disks].filter(path => !plain.test(path) || count(path) !== 1).map(path => ({ code: 'kickstart-name' as const, because: `${path} is not the stable name of exactly one disk of the machine.` })),
    ...parts.flatMap(({ onPart }) => onPart ?? []).filter(path => partUuids.filter(known => known === path).length !== 1).map(path => ({ code: 'kickstart-name' as const, because: `${path} is not the stable name of exactly one partition of the machine.` })),
  ]
}

/** Rules 7, 8 and 13: Anaconda sees the disks of the plan and those under its groups, all of them and no other. */
function onlyUse(commands: readonly KickstartCommand[], { plan, facts }: KickstartGround): KickstartMistake[] {
  const given = commandsOf(commands, 'ignoredisk')
  if (given.length !== 1) return [{ code: 'kickstart-only-use', because: `There are ${given.length} ignoredisk commands, and one must name the disks that may be looked at.` }]
  const groups = new Set([...commandsOf(commands, 'volgroup'), ...commandsOf(commands, 'logvol').map(found => ({ name: found.group }))].map(({ name }) => name).filter(name => plan.groups.some(group => group.name === name && group.action === 'reuse')))
  const devices = new Set(facts.lvm.physicalVolumes.filter(volume => volume.group !== null && groups.has(volume.group)).map(volume => volume.device))
  const under = new Set(facts.disks.filter(disk => devicesOf(disk).some(device => devices.has(device))))
  const seen = (disk: { byId: string[] }): boolean => disk.byId.some(name => given[0]!.onlyUse.includes(diskPath(name)))
  const planned = (disk: { byId: string[] }): boolean => plan.disks.some(({ byId }) => disk.byId.includes(byId))
  return [
    ...facts.disks.filter(disk => (planned(disk) || under.has(disk)) && !seen(disk)).map(disk => ({ code: 'kickstart-only-use' as const, because: `The disk ${disk.byId[0] ?? disk.name} belongs to the plan or to a group in use, and ignoredisk --only-use does not name it: the group would not be found.` })),
    ...facts.disks.filter(disk => seen(disk) && !planned(disk) && !under.has(disk)).map(disk => ({ code: 'kickstart-only-use' as const, because: `ignoredisk --only-use names ${disk.byId[0] ?? disk.name}, with which the plan has nothing to do: its file systems would be mounted and their journals replayed.` })),
  ]
}

/** Rule 8: clearing reaches exactly the disks that the plan wipes. */
function clearing(commands: readonly KickstartCommand[], { plan }: KickstartGround): KickstartMistake[] {
  const given = commandsOf(commands, 'clearpart')
  if (given.length !== 1) return [{ code: 'kickstart-clearpart', because: `There are ${given.length} clearpart commands, and one must say what is cleared.` }]
  const { how, initLabel, drives } = given[0]!
  if (plan.order === 'reprovision') return how === 'none' && !initLabel && drives.length === 0 ? [] : [{ code: 'kickstart-clearpart', because: 'A reprovision must say clearpart --none, without --initlabel and --drives: anything else removes partitions that hold what is kept.' }]
  const wiped = plan.disks.filter(disk => disk.action === 'wipe').map(disk => diskPath(disk.byId))
  return how === 'all' && initLabel && drives.length > 0 && drives.toSorted().join() === wiped.toSorted().join() ? [] : [{ code: 'kickstart-clearpart', because: `An install must say clearpart --all --initlabel with exactly the disks that the plan wipes in --drives (${wiped.join(', ')}): without it every disk that isn’t ignored is cleared.` }]
}

function partitions(commands: readonly KickstartCommand[], { plan }: KickstartGround): KickstartMistake[] {
  const parts = commandsOf(commands, 'part')
  const planned = new Map(plan.disks.filter(disk => disk.action === 'reuse').flatMap(disk => disk.planned).filter(made => made.action !== 'create').map(made => [partitionPath(made.partUuid), made]))
  const twice = parts.filter((part, index) => part.onPart !== null && parts.findIndex(other => other.onPart === part.onPart) !== index)
  return [...parts.flatMap(part => mistakesOf(part, planned, plan)), ...twice.map(part => ({ code: 'kickstart-partition' as const, because: `The partition ${part.onPart} is named twice.` }))]
}

/** Rule 4: a PV that is there keeps what it holds only with --noformat. And nothing is made on, or formatted in, what the plan leaves. */
function mistakesOf(part: Part, planned: ReadonlyMap<string, PlannedPartition>, plan: StoragePlan): KickstartMistake[] {
  const wrong = (because: string): KickstartMistake[] => [{ code: 'kickstart-partition', because }]
  if ((part.onDisk === null) === (part.onPart === null)) return wrong(`The partition for ${part.mount} must be a new one on a disk, or one that is there.`)
  if (part.onDisk !== null) {
    if (part.noFormat || part.sizeMib === null || part.sizeMib < 1) return wrong(`The new partition for ${part.mount} needs a size, and can’t be left unformatted.`)
    return plan.disks.some(disk => disk.action === 'wipe' && disk.role !== 'wiped' && diskPath(disk.byId) === part.onDisk) ? [] : wrong(`The partition for ${part.mount} would be made on ${part.onDisk}, whose table the plan leaves as it is.`)
  }
  if (part.mount.startsWith('pv.') && !part.noFormat) return [{ code: 'kickstart-kept-pv', because: `The physical volume on ${part.onPart} is named without --noformat, which removes everything that lives on it.` }]
  const made = planned.get(part.onPart!)
  if (made === undefined) return wrong(`The plan does not use the partition ${part.onPart}.`)
  if (part.noFormat ? part.filesystem !== null : made.action !== 'reformat') return wrong(`The partition ${part.onPart} would be formatted for ${part.mount}, and the plan says ${made.action}.`)
  if (!part.noFormat && part.filesystem === null) return wrong(`The partition ${part.onPart} is formatted without its file system being said.`)
  return part.sizeMib === null && !part.grow ? [] : wrong(`The partition ${part.onPart} is there already and has its size.`)
}

/** Rule 11, and the disk that GRUB goes to. */
function booting(commands: readonly KickstartCommand[], { plan, facts }: KickstartGround): KickstartMistake[] {
  const system = plan.disks.find(disk => disk.role === 'system')!
  const [parts, drives] = [commandsOf(commands, 'part'), commandsOf(commands, 'bootloader').map(found => found.bootDrive)]
  const wrong: KickstartMistake[] = drives.length === 1 && drives[0] === diskPath(system.byId) ? [] : [{ code: 'kickstart-boot-drive', because: `The boot loader must go to the system’s disk ${system.byId}, and is told ${drives.join(', ') || 'nothing'}.` }]
  if (plan.firmware === 'uefi') {
    if (!parts.some(({ mount, noFormat, filesystem }) => mount === '/boot/efi' && (noFormat || filesystem === 'efi'))) wrong.push({ code: 'kickstart-esp', because: 'The machine starts by UEFI, and no EFI system partition is mounted on /boot/efi, kept or formatted as efi.' })
    return wrong
  }
  const there = system.action === 'reuse' && facts.disks.find(disk => disk.byId.includes(system.byId))?.partitions.some(seen => seen.typeGuid?.toLowerCase() === partitionTypes['bios-boot'])
  if (there !== true && !parts.some(({ mount, onDisk }) => mount === 'biosboot' && onDisk === diskPath(system.byId))) wrong.push({ code: 'kickstart-biosboot', because: `The machine starts by BIOS from a GPT disk, and ${system.byId} has no BIOS boot partition, nor gets one.` })
  return wrong
}
