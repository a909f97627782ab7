// From the storage plan to what the shell steps are told of disks, groups and volumes.
import type { PlannedDisk, PlannedPartition, PlannedVolume, StoragePlan } from '../../protocol/storage-plan.ts'
import type { StepsView } from './steps-view.ts'

/** Only while the image is unpacked: a power cut then means a new attempt, so nothing needs an order on the disk. */
const hasty: Record<string, string> = { ext4: 'noatime,nobarrier,noinit_itable,data=writeback', xfs: 'noatime', vfat: 'noatime,umask=0077' }
const lostCarryOver = 'lost-carry-over=all'

type StorageView = Pick<StepsView, 'disks' | 'groups' | 'expected' | 'kept' | 'rootGroupUuid' | 'rehearsed' | 'olds' | 'mustBeEmpty' | 'carrying' | 'carryOver'
  | 'adopted' | 'reformatted' | 'created' | 'formats' | 'ready' | 'mounts' | 'mountPoints' | 'espKept' | 'espVariable'>

/** A partition of the plan with the name of the shell variable that holds its device. */
export type NamedPartition = PlannedPartition & { variable: string, disk: string }
/** All of them: `p1` … on the system disk, `d1p1` … on others. */
export function namedPartitions(plan: StoragePlan): NamedPartition[] {
  return ordered(plan).flatMap((disk, at) => disk.planned.map(partition => ({ ...partition, disk: disk.byId, variable: `${disk.role === 'system' ? '' : `d${at + 1}`}p${partition.number}` })))
}

/** The part of the view that speaks of storage. */
export function planStorageSteps(plan: StoragePlan): StorageView {
  const partitions = namedPartitions(plan)
  const reused = plan.groups.filter(group => group.action === 'reuse')
  const formatted = plan.volumes.filter(volume => volume.action !== 'keep')
  const reformatted = plan.volumes.filter(volume => volume.action === 'reformat')
  const keptMounted = plan.volumes.filter(volume => volume.action === 'keep' && volume.filesystem !== 'swap')
  const esp = partitions.find(partition => partition.role === 'esp')
  const store = plan.carryOver?.store ?? null
  const stored = keptMounted.find(volume => store !== null && volume.group === store.group && volume.name === store.name)
  if (store !== null && stored === undefined) throw new TypeError(`${store.group}/${store.name} is to hold what is carried over, and the plan does not keep it.`)
  return {
    disks: ordered(plan).map(disk => ({ ...expected(disk), planned: partitions.filter(partition => partition.disk === disk.byId).map(partition => made(disk, partition)) })),
    // vgcreate(8) refuses such a name, when the disk is partitioned already.
    groups: plan.groups.map(({ name, action, extentBytes, physicalVolumes }, at) => ({
      name, root: at === 0, fresh: action === 'create', extentSize: `${extentBytes / 2 ** 20}m`, marking: `marking the volume group ${name}`, folder: `/dev/${name}`,
      taken: action === 'create' ? `the group cannot be named ${name}: there is a /dev/${name} in the RAM disk; give the layout another group` : `the group ${name} is in use: there is a /dev/${name}`,
      physicalVolumes: physicalVolumes.filter(volume => volume.action === 'create').map(volume => ({ uuid: volume.uuid, variable: variableOf(partitions, volume)! })),
    })),
    expected: {
      uuids: reused.map(group => group.uuid!),
      groups: reused.map(group => `${group.uuid}|${group.name}|${group.extentBytes}|||`),
      physicalVolumes: plan.expected.physicalVolumes.map(volume => `${volume.uuid}|${volume.groupUuid}||`),
      volumes: plan.expected.volumes.map(volume => [volume.groupUuid, volume.uuid, volume.name, volume.sizeBytes, volume.segmentType.split('+')[0], volume.tags.join(',')].join('|')),
    },
    kept: plan.kept.map(volume => ({ uuid: volume.uuid, line: [`${volume.group}/${volume.name}`, volume.uuid, volume.filesystem ?? '', volume.filesystemUuid ?? '', volume.sizeBytes].join('|') })),
    rootGroupUuid: plan.groups[0]!.uuid ?? '',
    rehearsed: keptMounted.map(volume => ({ ...place(volume), filesystem: volume.filesystem, filesystemUuid: volume.filesystemUuid, mount: volume.mount })),
    olds: reformatted.filter(volume => volume.filesystem !== 'swap').sort(byDepth).map(volume => ({ ...place(volume), mount: volume.mount })),
    mustBeEmpty: plan.mustBeEmpty.map(({ path, group, volume }) => ({ path, volume: `${group}/${volume}` })),
    carrying: plan.carryOver !== null,
    carryOver: {
      paths: (plan.carryOver?.paths ?? []).map(path => ({ prefix: path.replace(/\*$/, ''), how: path.endsWith('*') ? 'any' : 'one' })),
      mostMib: plan.carryOver?.mostMib ?? 0, mayLose: plan.accepted.includes(lostCarryOver), store: stored !== undefined,
      group: stored?.group ?? '', name: stored?.name ?? '', uuid: stored?.uuid ?? '', filesystem: stored?.filesystem ?? '', mount: stored?.mount ?? '',
      folder: `${stored?.mount.replace(/\/$/, '') ?? ''}/.labctl-carry-over`,
    },
    adopted: plan.volumes.filter(volume => volume.addTag).map(volume => ({ what: `tagging ${volume.group}/${volume.name}`, tag: volume.tag, keep: volume.action === 'keep', path: `${volume.group}/${volume.name}` })),
    reformatted: reformatted.map(volume => ({ ...place(volume), path: `${volume.group}/${volume.name}`, device: device(volume), clearing: `clearing the volume ${volume.name}` })),
    // Nothing of ours goes to a disk that somebody added to the group by hand.
    created: plan.volumes.filter(volume => volume.action === 'create').map(({ group, name, extents, tag }) => ({ group, name, extents, tag, what: `making the volume ${name}`, on: reused.filter(each => each.name === group).flatMap(each => each.physicalVolumes.flatMap(volume => variableOf(partitions, volume) ?? [])) })),
    formats: [
      ...partitions.filter(partition => partition.filesystem !== null && partition.action !== 'reuse').map(partition => ({
        ...format(partition.role === 'esp' ? 'the ESP' : partition.mount ?? partition.role, partition.filesystem!, partition.filesystemUuid!), variable: partition.variable, device: '',
        clearing: partition.action === 'reformat' ? `clearing the partition ${partition.number}` : '',
      })),
      ...formatted.map(volume => ({ ...format(volume.mount, volume.filesystem, volume.filesystemUuid), variable: '', device: device(volume), clearing: '' })),
    ],
    ready: formatted.map(volume => `${volume.group}/${volume.name}`),
    mounts: mounted(plan).filter(found => !found.kept).map(({ mount, filesystem, variable, device }) => ({ mount, what: `mounting ${mount}`, filesystem, options: hasty[filesystem]!, variable, device })),
    mountPoints: keptMounted.toSorted(byDepth).map(volume => volume.mount),
    espKept: esp?.action === 'reuse', espVariable: esp?.variable ?? '',
  }
}

/** A volume as device-mapper names it, where a dash of LVM's names is doubled. */
export const mapped = ({ group, name }: { group: string, name: string }): string => `/dev/mapper/${[group, name].map(part => part.replaceAll('-', '--')).join('-')}`

/** Everything that the new system mounts, parents before children; kept volumes too. `source`: what fstab calls it, never by the UUID of a file system that stays: a copy of it on a spare disk has the same. */
export function mounted(plan: StoragePlan): { mount: string, filesystem: string, source: string, kept: boolean, variable: string, device: string }[] {
  return [
    ...namedPartitions(plan).flatMap(({ mount, filesystem, partUuid, variable }) => (mount === null ? [] : [{ mount, filesystem: filesystem!, source: `PARTUUID=${partUuid.toLowerCase()}`, kept: false, variable, device: '' }])),
    ...plan.volumes.filter(volume => volume.filesystem !== 'swap').map(volume => ({ mount: volume.mount, filesystem: volume.filesystem, source: mapped(volume), kept: volume.action === 'keep', variable: '', device: device(volume) })),
  ].sort(byDepth)
}

function byDepth(a: { mount: string }, b: { mount: string }): number {
  const depth = (mount: string): number => mount.split('/').filter(part => part !== '').length
  return depth(a.mount) - depth(b.mount) || (a.mount < b.mount ? -1 : 1)
}

/** The system disk last: it is the one that the steps go on with. */
const ordered = (plan: StoragePlan): PlannedDisk[] => [...plan.disks.filter(disk => disk.role !== 'system'), ...plan.disks.filter(disk => disk.role === 'system')]
const variableOf = (partitions: readonly NamedPartition[], at: { disk: string | null, partition: number | null }): string | undefined => partitions.find(partition => partition.disk === at.disk && partition.number === at.partition)?.variable
const device = (volume: PlannedVolume): string => `/dev/${volume.group}/${volume.name}`
const place = (volume: PlannedVolume): { group: string, name: string, uuid: string } => ({ group: volume.group, name: volume.name, uuid: volume.uuid ?? '' })

function format(what: string, filesystem: string, uuid: string) {
  return {
    mkfs: what.startsWith('/') || what === 'swap' ? `making the ${filesystem} of ${what}` : `making the file system of ${what}`, uuid, xfsUuid: `uuid=${uuid}`, volumeId: uuid.replace('-', ''),
    vfat: filesystem === 'vfat', ext4: filesystem === 'ext4', xfs: filesystem === 'xfs', swap: filesystem === 'swap',
  }
}

function made(disk: PlannedDisk, { number, variable, startSector, endSector, typeGuid, partUuid, label }: NamedPartition): StepsView['disks'][number]['planned'][number] {
  const sectors = disk.logicalSectorBytes / 512
  return {
    number, variable, start: startSector * sectors, sectors: (endSector - startSector + 1) * sectors,
    new: `${number}:${startSector}:${endSector}`, typecode: `${number}:${typeGuid}`, guid: `${number}:${partUuid}`, name: `${number}:${label}`,
  }
}

function expected(disk: PlannedDisk): Omit<StepsView['disks'][number], 'planned'> {
  const places = disk.planned.map(partition => partition.startSector * disk.logicalSectorBytes)
  const fresh = disk.action === 'wipe'
  const partUuid = (number: number): string => (fresh ? '' : disk.planned.find(partition => partition.number === number)?.partUuid.toLowerCase() ?? '')
  return {
    byId: disk.byId, path: `/dev/disk/by-id/${disk.byId}`, serial: (disk.serial ?? '').trim().replaceAll(/ +/g, ' '), sizeBytes: disk.sizeBytes, logicalSectorBytes: disk.logicalSectorBytes,
    signature: disk.signature ?? '', signatureUuid: disk.signatureUuid ?? '', tableUuid: disk.tableUuid ?? '', wipe: fresh && disk.mayWipe, fresh, newTableUuid: disk.newTableUuid ?? '',
    // 32256: where partitions began in the days of cylinders.
    probeOffsets: disk.mayWipe || !fresh ? [] : [32256, ...places],
    partitions: disk.partitions.map(({ number, startBytes, sizeBytes, signature, uuid }) => ({ number, start: startBytes / 512, sectors: sizeBytes / 512, signature: signature ?? '', uuid: uuid ?? '', partUuid: partUuid(number) })),
  }
}
