// The plan as a list that names everything: what was seen and what happens to it, then what is made.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { PlanAction, PlannedDevice, PlannedPartition, PlannedVolume } from '../../protocol/storage-plan.ts'
import type { ChosenDisk } from './decide-layout-disks.ts'
import { bundles, diskContents, nameOf } from './judge-contents.ts'

interface MadeDisk extends ChosenDisk { partitions: PlannedPartition[], volumes: PlannedVolume[] }
interface Making { made: MadeDisk[], alsoWiped: Disk[] }

/** Every block device, partition, PV, VG, LV and RAID array, seen or to be made, with its action and the reason in a sentence. */
export function describeDevices(facts: Facts, making: Making): PlannedDevice[] {
  const wiped = [...making.made.map(({ disk }) => disk), ...making.alsoWiped]
  return [...facts.disks.flatMap(disk => diskLines(disk, facts, making)), ...bundleLines(facts, wiped), ...making.made.flatMap(madeLines)]
}

function diskLines(disk: Disk, facts: Facts, making: Making): PlannedDevice[] {
  const [made, name] = [making.made.find(found => found.disk === disk), nameOf(disk)]
  const wiped = made !== undefined || making.alsoWiped.includes(disk)
  const action = wiped ? 'wipe' as const : 'keep' as const
  const contents = diskContents(disk, facts)
  const held = contents.length === 0 ? 'it holds nothing' : `it may be wiped (--wipe, or left by an attempt that never finished), and it holds ${contents.join('; ')}`
  const because = !wiped ? 'Not a disk of the layout: untouched.' : made !== undefined ? `It is ${made.because}${made.role === 'data' ? `, for the group ${made.wanted.group}` : ''}; ${held}. It gets a new partition table.` : `It hangs together with what is wiped; ${held}. Its signatures are removed and it stays empty.`
  const partitions = disk.partitions.map((partition): PlannedDevice => ({
    kind: 'partition', name: `${name}-part${partition.number}`, identity: partition.partUuid ?? `${name}-part${partition.number}`, seenAs: partition.name, action,
    because: wiped ? `On a disk that is wiped${partition.signature === null ? '' : `; its ${partition.signature.type} is lost`}.` : 'On a disk that is not touched.',
  }))
  return [{ kind: 'disk', name, identity: name, seenAs: disk.name, action, because }, ...partitions]
}

function bundleLines(facts: Facts, wiped: Disk[]): PlannedDevice[] {
  const all = bundles(facts)
  const onWiped = (kind: string, uuid: string): boolean => all.some(bundle => bundle.kind === kind && bundle.uuid === uuid && bundle.disks.some(disk => wiped.includes(disk)))
  const action = (lost: boolean): { action: PlanAction, because: string } => (lost ? { action: 'wipe', because: 'Lies wholly on disks that are wiped.' } : { action: 'keep', because: 'Lies on disks that are not touched.' })
  const devices = new Set(wiped.flatMap(disk => [disk.name, ...disk.partitions.map(partition => partition.name)]).map(name => `/dev/${name}`))
  return [
    ...facts.raid.map((array): PlannedDevice => ({ kind: 'raid', name: array.uuid, identity: array.uuid, seenAs: array.name, ...action(onWiped('RAID array', array.uuid)) })),
    ...facts.lvm.physicalVolumes.map((volume): PlannedDevice => ({ kind: 'physical-volume', name: volume.uuid, identity: volume.uuid, seenAs: volume.device, ...action(devices.has(volume.device)) })),
    ...facts.lvm.volumeGroups.map((group): PlannedDevice => ({ kind: 'volume-group', name: group.name, identity: group.uuid, seenAs: null, ...action(onWiped('volume group', group.uuid)) })),
    ...facts.lvm.logicalVolumes.map((volume): PlannedDevice => ({ kind: 'logical-volume', name: `${volume.group}/${volume.name}`, identity: volume.uuid, seenAs: null, ...action(onWiped('volume group', volume.groupUuid)) })),
  ]
}

function madeLines({ disk, wanted: { group }, role, partitions, volumes }: MadeDisk): PlannedDevice[] {
  const purpose = { 'bios-boot': 'GRUB’s core for BIOS firmware', esp: 'EFI system partition', boot: '/boot, outside LVM', lvm: `the physical volume of ${group}` }
  const made = (kind: PlannedDevice['kind'], name: string, because: string): PlannedDevice => ({ kind, name, identity: null, seenAs: null, action: 'create', because })
  return [
    ...partitions.map(partition => made('partition', `${nameOf(disk)}-part${partition.number}`, `${purpose[partition.role]}, ${partition.sizeMib} MiB.`)),
    made('physical-volume', `${nameOf(disk)}-part${partitions.at(-1)!.number}`, `Holds ${group}.`),
    made('volume-group', group, role === 'system' ? 'The layout’s group.' : 'A data disk’s own group.'),
    ...volumes.map(volume => made('logical-volume', `${group}/${volume.name}`, `${volume.filesystem} for ${volume.mount}${volume.keep ? ', kept by a reprovision' : ''}.`)),
  ]
}
