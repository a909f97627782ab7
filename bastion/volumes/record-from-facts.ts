// What would be recorded of a machine that somebody else installed, read off what it reports: an operator has to look at it and agree.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { RecordedDisk, RecordFile, StorageRecord } from '../../protocol/storage-record.ts'
import { chooseOurs, type OurVolume } from './choose-ours.ts'
import { choosePartitions } from './choose-partitions.ts'
import { describeDisk, diskName } from './disk-identity.ts'
import { judgeAdoptedGroup, judgeAdoptedVolume } from './judge-adopted.ts'
import { devicesOf, nameOf } from './judge-contents.ts'
import { judgeFacts, judgeSeenTwice } from './judge-facts.ts'
import { judgeLvmReport } from './judge-lvm-report.ts'
import { judgeRecord } from './judge-record.ts'
import { inventoryOf } from './record-of-plan.ts'

/** A record with what an operator should know before agreeing to it, or all refusals. */
export type RecordDecision = { kind: 'record', record: StorageRecord, notes: string[] } | { kind: 'refused', refusals: Refusal[] }

/** Reads a record off the facts of a healthy machine. `ours`: the volumes that somebody named; without them those that carry our tag, else those named as the layout names them. */
export function recordFromFacts({ facts, layout, ours: named, machineId }: { facts: Facts, layout: Layout, ours?: RecordFile['volumes'], machineId: string }): RecordDecision {
  const { ours, refusals: chosen } = chooseOurs(facts, layout, machineId, named)
  const refusals = [...judgeFacts(facts), ...judgeSeenTwice(facts), ...judgeLvmReport(facts), ...chosen]
  const root = ours.find(each => each.mount === '/')
  if (root === undefined) refusals.push({ code: 'adopt-no-root', because: `No volume of the machine would be taken for /: ${none(facts, named !== undefined)}`, nextStep: 'Name the volumes and their mount points, or choose the role whose layout the machine has.' })
  refusals.push(...ours.flatMap(each => judgeAdoptedVolume(each)))
  const groups = [...new Set([...root === undefined ? [] : [root.volume.groupUuid], ...ours.map(({ volume }) => volume.groupUuid)])].flatMap(uuid => facts.lvm.volumeGroups.find(group => group.uuid === uuid) ?? [])
  const members = groups.map(group => ({ group, under: facts.lvm.physicalVolumes.filter(volume => volume.group === group.name) }))
  refusals.push(...members.flatMap(({ group, under }) => judgeAdoptedGroup(group, under, facts)))
  const devices = new Set(members.flatMap(({ under }) => under.map(volume => volume.device)))
  const holding = facts.disks.filter(disk => devicesOf(disk).some(device => devices.has(device)))
  const system = systemDisk(holding, members[0]?.under.map(volume => volume.device) ?? [])
  if (groups.length > 0 && system === null) refusals.push({ code: 'adopt-ambiguous', because: `Which disk the machine boots from can’t be told: the group of / lies on ${holding.map(nameOf).join(', ') || 'no plain disk'}, and not exactly one of them has a partition to boot from.`, nextStep: 'A machine laid out like this can’t be adopted. Save the data and install.' })
  const notes = ours.map(each => noteVolume(each))
  const disks = (system === null ? [] : [system, ...holding.filter(disk => disk !== system)]).flatMap((disk): RecordedDisk[] => {
    const role = disk === system ? 'system' as const : 'data' as const
    const identified = diskName(disk)
    if (identified === null) refusals.push({ code: 'disk-no-identity', because: `${describeDisk(disk)} has neither by-id name nor serial nor WWN, so it can’t be told from another disk.`, nextStep: 'Give a virtual disk a serial; else the machine can’t be adopted.' })
    if (disk.table?.type !== 'gpt' || disk.table.uuid === null) {
      if (role === 'system') refusals.push({ code: 'table-no-gpt', because: `${describeDisk(disk)} has ${disk.table === null ? 'no partition table' : `a ${disk.table.type} table`}; a GPT was expected.`, nextStep: 'Only GPT disks can be adopted. Save the data and install.' })
      else notes.push(`${nameOf(disk)} has no GPT: what lies there stays, and nothing new is made there.`)
      return []
    }
    if (disk.signature !== null) refusals.push({ code: disk.signature.type.includes('raid_member') ? 'raid-below' : 'adopt-ambiguous', because: `${describeDisk(disk)} as a whole shows ${disk.signature.type} beside its GPT.`, nextStep: 'Look at it by hand (labctl provision rescue, then wipefs); a disk that is part of something else can’t be adopted.' })
    const found = choosePartitions(disk, role, devices, facts.firmware)
    refusals.push(...found.refusals)
    notes.push(...found.notes)
    return [{ byId: nameOf(disk), serial: disk.serial, wwn: disk.wwn, sizeBytes: disk.sizeBytes, logicalSectorBytes: disk.logicalSectorBytes, tableUuid: disk.table.uuid, role, partitions: found.partitions }]
  })
  const record: StorageRecord = {
    version: 1, machineId, firmware: facts.firmware, disks, inventory: inventoryOf(facts),
    groups: members.map(({ group, under }) => ({ name: group.name, uuid: group.uuid, physicalVolumes: under.map(volume => volume.uuid) })),
    volumes: ours.map(({ volume, mount, keep }) => ({ group: volume.group, name: volume.name, mount, keep, origin: 'adopted', uuid: volume.uuid, sizeBytes: volume.sizeBytes, filesystem: volume.signature?.type ?? null, filesystemUuids: volume.signature?.uuid == null ? [] : [volume.signature.uuid] })),
  }
  if (refusals.length === 0) refusals.push(...judgeRecord(record, machineId))
  return refusals.length > 0 ? { kind: 'refused', refusals } : { kind: 'record', record, notes: [...notes, ...noteRest(facts, layout, ours)] }
}

/** The disk with the PV of / that has something to boot from, where only one has. */
function systemDisk(holding: readonly Disk[], devices: readonly string[]): Disk | null {
  const candidates = holding.filter(disk => devicesOf(disk).some(device => devices.includes(device)))
  const booting = candidates.filter(disk => disk.partitions.some(({ name, signature }) => !devices.includes(`/dev/${name}`) && signature !== null && ['ext4', 'xfs', 'vfat'].includes(signature.type)))
  return candidates.length === 1 ? candidates[0]! : booting.length === 1 ? booting[0]! : null
}

function none(facts: Facts, named: boolean): string {
  const types = new Set(facts.disks.flatMap(disk => [disk, ...disk.partitions]).flatMap(({ signature }) => signature?.type ?? []))
  const below = [...types.has('crypto_LUKS') ? ['an encrypted place (LUKS) whose content can’t be seen'] : [], ...[...types].some(type => type.includes('raid_member')) ? ['a RAID array, which is not looked into'] : []]
  const has = facts.lvm.logicalVolumes.map(volume => `${volume.group}/${volume.name}`)
  return `${named ? 'none of those that were named is for it' : 'none has a tag of this machine, and none the group and name of the layout’s'}. It has ${[...has, ...below].join(', ') || 'no volumes at all'}.`
}

function noteVolume({ volume, mount, keep, by }: OurVolume): string {
  const why = { named: 'as you said', tag: 'by its tag', name: 'only because it has the group and name of the layout’s: make sure that it is' }[by]
  return `${volume.group}/${volume.name} (${volume.signature?.type ?? 'nothing recognised'}) is taken for ${mount}, ${why}; a reprovision ${keep ? 'keeps it' : 'formats it'}.`
}

function noteRest(facts: Facts, layout: Layout, ours: readonly OurVolume[]): string[] {
  const others = facts.lvm.logicalVolumes.filter(volume => !ours.some(each => each.volume === volume)).map(volume => `${volume.group}/${volume.name}`)
  const missing = [layout, ...layout.data ?? []].flatMap(({ volumes }) => volumes).filter(wanted => wanted.mount !== 'swap' && !ours.some(each => each.mount === wanted.mount))
  return [
    ...missing.map(({ mount, keep }) => `The layout wants ${mount}, and nothing is taken for it: a reprovision would make it in free space${keep ? ', and refuse while it is a folder inside a volume to be formatted' : ''}.`),
    ...others.length === 0 ? [] : [`Not taken for ours, and never touched: ${others.join(', ')}.`],
  ]
}
