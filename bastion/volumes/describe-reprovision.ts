// The plan of a reprovision as a list that names everything that was seen, and what is made.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { PlannedDevice, PlannedDisk, StoragePlan } from '../../protocol/storage-plan.ts'
import { devicesOf, nameOf } from './judge-contents.ts'

type Making = Pick<StoragePlan, 'disks' | 'groups' | 'volumes' | 'carryOver' | 'mustBeEmpty'>

/** Every block device, partition, PV, VG, LV and RAID array with its action and the reason in a sentence. `dropped`: UUIDs of recorded volumes that the layout does not know any more. */
export function describeReprovision(facts: Facts, plan: Making, dropped: ReadonlySet<string>): PlannedDevice[] {
  const { lvm } = facts
  const member = new Map(plan.groups.flatMap(group => group.physicalVolumes.map(volume => [volume.uuid, { group, volume }])))
  const wipedDevices = new Set(facts.disks.filter(disk => plan.disks.some(planned => planned.action === 'wipe' && disk.byId.includes(planned.byId))).flatMap(disk => devicesOf(disk)))
  // PVs that somebody added to a group of ours by hand, by the kernel's path: nothing new goes there, but volumes of ours may reach there.
  const added = new Map(lvm.physicalVolumes.flatMap(volume => (member.has(volume.uuid) && member.get(volume.uuid)!.volume.disk === null ? [[volume.device, member.get(volume.uuid)!.group.name]] : [])))
  return [
    ...facts.disks.flatMap(disk => diskLines(disk, plan.disks.find(planned => disk.byId.includes(planned.byId)), added)),
    ...facts.raid.map((array): PlannedDevice => ({ kind: 'raid', name: array.uuid, identity: array.uuid, seenAs: array.name, action: 'keep', because: 'Never touched.' })),
    ...lvm.physicalVolumes.map((volume): PlannedDevice => ({ kind: 'physical-volume', name: volume.uuid, identity: volume.uuid, seenAs: volume.device, ...wipedDevices.has(volume.device) ? { action: 'wipe', because: 'On a disk that is wiped.' }
      : !member.has(volume.uuid) ? { action: 'keep', because: 'Of no group of ours: untouched.' }
      : added.has(volume.device) ? { action: 'reuse', because: addedTo(added.get(volume.device)!) }
      : { action: 'reuse', because: `Holds ${member.get(volume.uuid)!.group.name}; its label and place stay.` } })),
    ...lvm.volumeGroups.map((group): PlannedDevice => ({ kind: 'volume-group', name: group.name, identity: group.uuid, seenAs: null, ...plan.groups.some(planned => planned.uuid === group.uuid) ? { action: 'reuse', because: 'The recorded group; volumes in it are formatted or made one by one.' } : { action: 'keep', because: 'No group of ours: untouched.' } })),
    ...lvm.logicalVolumes.map((volume): PlannedDevice => ({ kind: 'logical-volume', name: `${volume.group}/${volume.name}`, identity: volume.uuid, seenAs: null, ...volumeFate(volume.uuid, plan, dropped) })),
    ...plan.disks.flatMap(disk => disk.planned.filter(made => made.action === 'create').map(made => created('partition', `${disk.byId}-part${made.number}`, `The physical volume of a new group, ${made.sizeMib} MiB.`))),
    ...plan.groups.flatMap(group => group.action === 'reuse' ? [] : [...group.physicalVolumes.map(volume => created('physical-volume', `${volume.disk}-part${volume.partition}`, `Holds ${group.name}.`)), created('volume-group', group.name, 'New in the layout.')]),
    ...plan.volumes.filter(volume => volume.action === 'create').map(volume => created('logical-volume', `${volume.group}/${volume.name}`, `${volume.filesystem} for ${volume.mount}${volume.keep ? ', kept by a reprovision' : ''}; not there yet, made in free space.${emptyNote(volume.mount, plan)}`)),
  ]
}

const created = (kind: PlannedDevice['kind'], name: string, because: string): PlannedDevice => ({ kind, name, identity: null, seenAs: null, action: 'create', because })

const addedTo = (group: string): string => `Part of ${group}, on a disk that was not recorded: no new volume goes there, and a volume that reaches there is treated as a whole.`

function diskLines(disk: Disk, planned: PlannedDisk | undefined, added: ReadonlyMap<string, string>): PlannedDevice[] {
  const name = nameOf(disk)
  const by = [disk, ...disk.partitions].flatMap(place => added.get(`/dev/${place.name}`) ?? [])[0]
  const wiped = planned?.action === 'wipe'
  const line: PlannedDevice = {
    kind: 'disk', name, identity: name, seenAs: disk.name, action: planned === undefined ? by === undefined ? 'keep' : 'reuse' : wiped ? 'wipe' : 'reuse',
    because: planned === undefined ? by === undefined ? 'Not a recorded disk of ours: untouched.' : addedTo(by) : wiped ? `The disk for a new group of the layout; it ${planned.empty ? 'holds nothing' : 'was named by --wipe'}.` : `The recorded ${planned.role} disk; its partition table stays, bit by bit.`,
  }
  return [line, ...disk.partitions.map((partition): PlannedDevice => {
    const made = wiped ? undefined : planned?.planned.find(each => each.number === partition.number)
    const of = added.get(`/dev/${partition.name}`)
    const fate = of !== undefined ? { action: 'reuse' as const, because: addedTo(of) } : wiped ? { action: 'wipe' as const, because: 'On a disk that is wiped.' } : made === undefined ? { action: 'keep' as const, because: planned === undefined ? 'On a disk that is not touched.' : 'Not one of ours: untouched.' }
      : made.action === 'reformat' ? { action: 'reformat' as const, because: `${made.filesystem} for ${made.mount}, made anew in place.` } : { action: 'reuse' as const, because: reuse[made.role] }
    return { kind: 'partition', name: `${name}-part${partition.number}`, identity: partition.partUuid ?? `${name}-part${partition.number}`, seenAs: partition.name, ...fate }
  })]
}

const reuse = {
  'bios-boot': 'Takes GRUB’s core for BIOS firmware, and nothing else.', esp: 'Only our vendor folder and, if it is ours, the removable path are replaced.',
  boot: 'Used as it is.', lvm: 'Its place, label and everything in it that is kept stay.',
}

function volumeFate(uuid: string, plan: Making, dropped: ReadonlySet<string>): Pick<PlannedDevice, 'action' | 'because'> {
  const volume = plan.volumes.find(each => each.uuid === uuid)
  if (volume === undefined) return { action: 'keep', because: dropped.has(uuid) ? 'Recorded, and not in the layout any more: it stays, untouched and unmounted.' : 'The layout does not know it: untouched.' }
  const { filesystem, mount, keep } = volume
  if (volume.action === 'keep') return { action: 'keep', because: `${filesystem} for ${mount}, kept: every byte stays.` }
  if (keep) return { action: 'reformat', because: `${filesystem} for ${mount}: an earlier attempt made it and was cut before it held anything.${emptyNote(mount, plan)}` }
  const carried = mount === '/' && plan.carryOver !== null ? plan.carryOver.store === null ? ' What is carried over is held in memory meanwhile: a power cut would lose it.' : ` What is carried over lies on ${plan.carryOver.store.group}/${plan.carryOver.store.name} meanwhile.` : ''
  return { action: 'reformat', because: `${filesystem} for ${mount}, made anew in place; the volume itself stays.${carried}` }
}

const emptyNote = (mount: string, plan: Making): string => (plan.mustBeEmpty.some(each => each.path === mount) ? ` Nothing is begun unless the folder ${mount} is empty.` : '')
