// From the storage plan to the storage commands of a Kickstart file, by what was measured of Anaconda.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { PlannedDisk, PlannedPartition, PlannedVolume, StoragePlan } from '../../protocol/storage-plan.ts'
import { devicesOf, nameOf } from '../volumes/judge-contents.ts'
import { diskPath, partitionPath, type KickstartCommand } from './kickstart-commands.ts'

/** What the Kickstart face is made of. `layout`: for which volume the rest of a group is meant. `kernelArguments`: of the installed system. */
export interface KickstartQuestion { plan: StoragePlan, layout: Layout, facts: Facts, kernelArguments?: readonly string[] }

/** The commands of the plan, in the order in which they stand in the file. */
export function planKickstart({ plan, layout, facts, kernelArguments }: KickstartQuestion): KickstartCommand[] {
  const cleared = plan.disks.filter(disk => disk.action === 'wipe').map(disk => diskPath(disk.byId))
  const system = plan.disks.find(disk => disk.role === 'system')!
  return [
    { command: 'ignoredisk', onlyUse: disksInUse(plan, facts).map(diskPath) },
    cleared.length === 0 ? { command: 'clearpart', how: 'none', initLabel: false, drives: [] } : { command: 'clearpart', how: 'all', initLabel: true, drives: cleared },
    { command: 'bootloader', bootDrive: diskPath(system.byId), append: kernelArguments?.join(' ') ?? null },
    ...plan.disks.flatMap(disk => disk.planned.flatMap(made => partition(disk, made, plan))),
    ...plan.groups.map((group, index): KickstartCommand => (group.action === 'create'
      ? { command: 'volgroup', name: group.name, members: [member(index)], extentKib: group.extentBytes / 1024, useExisting: false, noFormat: false }
      : { command: 'volgroup', name: group.name, members: [], extentKib: null, useExisting: true, noFormat: true })),
    ...plan.volumes.map(volume => logVol(volume, plan, layout)),
  ]
}

/** The disks of the plan, and every other one with a PV of its groups: without it Anaconda finds no group. */
export function disksInUse(plan: StoragePlan, facts: Facts): string[] {
  const uuids = new Set(plan.groups.flatMap(group => group.physicalVolumes.map(({ uuid }) => uuid)))
  const devices = new Set(facts.lvm.physicalVolumes.filter(volume => uuids.has(volume.uuid)).map(volume => volume.device))
  const further = facts.disks.filter(disk => devicesOf(disk).some(device => devices.has(device)) && !plan.disks.some(({ byId }) => disk.byId.includes(byId)))
  return [...plan.disks.map(({ byId }) => byId), ...further.map(nameOf)]
}

const member = (group: number): string => `pv.${String(group + 1).padStart(2, '0')}`

/** A BIOS boot partition and a PV that are there need no line: Anaconda finds them. */
function partition(disk: PlannedDisk, made: PlannedPartition, plan: StoragePlan): KickstartCommand[] {
  const fresh = made.action === 'create'
  const place = { command: 'part' as const, onDisk: fresh ? diskPath(disk.byId) : null, onPart: fresh ? null : partitionPath(made.partUuid), sizeMib: fresh ? made.sizeMib : null, grow: false, noFormat: made.action === 'reuse' }
  const filesystem = (type: string): string | null => (made.action === 'reuse' ? null : type)
  switch (made.role) {
    case 'bios-boot': return fresh ? [{ ...place, mount: 'biosboot', filesystem: 'biosboot' }] : []
    case 'esp': return [{ ...place, mount: '/boot/efi', filesystem: filesystem('efi') }]
    case 'boot': return [{ ...place, mount: '/boot', filesystem: filesystem(made.filesystem ?? 'ext4') }]
    case 'lvm': {
      const group = plan.groups.findIndex(({ physicalVolumes }) => physicalVolumes.some(found => found.disk === disk.byId && found.partition === made.number))
      return fresh ? [{ ...place, mount: member(group), filesystem: null, sizeMib: 1, grow: true }] : []
    }
  }
}

/** A volume with the rest of a new group grows to it: how many extents Anaconda's own partitioning leaves is not known to the last one. */
function logVol(volume: PlannedVolume, plan: StoragePlan, layout: Layout): KickstartCommand {
  const { mount, group, name, filesystem } = volume
  const planned = plan.groups.find(found => found.name === group)!
  const wanted = [layout, ...layout.data ?? []].find(found => found.group === group)?.volumes.find(found => found.name === name)
  const line = { command: 'logvol' as const, mount, group, name, sizeMib: null, grow: false, filesystem, useExisting: true, noFormat: false }
  if (volume.action === 'keep') return { ...line, filesystem: null, noFormat: true }
  if (volume.action === 'reformat') return line
  const grow = planned.action === 'create' && wanted?.sizeMib === 'rest'
  return { ...line, useExisting: false, grow, sizeMib: grow ? Math.max(wanted.minimumMib ?? 1, filesystem === 'xfs' ? 300 : 4) : volume.extents * planned.extentBytes / 2 ** 20 }
}
