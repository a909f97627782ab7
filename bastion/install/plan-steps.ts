// From the storage plan and the order to the view of the shell steps.
import type { PlannedDisk, PlannedPartition, StoragePlan } from '../../protocol/storage-plan.ts'
import type { StepsView } from './steps-view.ts'

/** What the steps need beside the storage plan. */
export interface InstallQuestion {
  plan: StoragePlan
  machine: { name: string, mac: string }
  order: { id: string, attempt: number, os: string }
  /** The file to be streamed, whole URL on the boot plane; `tarBytes` is its size unpacked to a tar archive. */
  image: { url: string, sha256: string, sizeBytes: number, tarBytes: number, compressed: boolean, kernel: string }
  settings: { authorizedKeys: readonly string[], timezone: string, consoles: readonly string[], kernelArguments: readonly string[], bootOrder: 'disk' | 'network' }
}

/** Orphan files and checksum seeds are left out: GRUB and older rescue systems can't read them. No discard: it can take minutes, and fstrim.timer does it later. */
const ext4Options = ['-q', '-F', '-m', '1', '-O', '^metadata_csum_seed,^orphan_file', '-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard']
/** Only while the image is unpacked: a power cut then means a new attempt, so nothing needs an order on the disk. */
const hasty: Record<string, string> = { ext4: 'noatime,nobarrier,noinit_itable,data=writeback', xfs: 'noatime', vfat: 'noatime,umask=0077' }

/** The view for {@link InstallQuestion}. */
export function planSteps({ plan, machine, order, image, settings }: InstallQuestion): StepsView {
  const disk = plan.disks.find(found => found.role === 'system')!
  const group = plan.groups[0]!
  const sectors = disk.logicalSectorBytes / 512
  const partition = (role: PlannedPartition['role']): PlannedPartition => disk.planned.find(found => found.role === role)!
  const device = (name: string): string => `/dev/${group.name}/${name}`
  const filesystems = new Set(plan.volumes.map(volume => volume.filesystem))
  const serial = settings.consoles.map(console => /^ttyS(\d+)(?:,(\d+))?/.exec(console)).findLast(match => match !== null)
  const root = plan.volumes.find(volume => volume.mount === '/')!
  const kernelArguments = [...settings.consoles.map(console => `console=${console}`), ...settings.kernelArguments]
  return {
    name: machine.name, mac: machine.mac, order: order.id, attempt: order.attempt,
    programs: ['blkid', 'lsblk', 'sgdisk', 'wipefs', 'lvm', 'udevadm', 'blockdev', 'sync', 'mkfs.ext4', 'mkfs.vfat', 'curl', 'tar', 'sha256sum', 'stat', 'timeout', 'chroot', 'dd', 'readlink',
      ...(filesystems.has('xfs') ? ['mkfs.xfs'] : []), ...(filesystems.has('swap') ? ['mkswap'] : []), ...(image.compressed ? ['zstd'] : [])],
    disks: [...plan.disks.filter(found => found !== disk), disk].map(expected),
    // vgcreate(8) refuses such a name, when the disk is partitioned already.
    groupFolder: `/dev/${group.name}`, groupFolderTaken: `the group cannot be named ${group.name}: there is a /dev/${group.name} in the RAM disk; give the layout another group; nothing was touched`,
    newTableUuid: disk.newTableUuid!,
    partitions: disk.planned.map(({ number, startSector, endSector, typeGuid, partUuid, label }) => ({
      number, start: startSector * sectors, sectors: (endSector - startSector + 1) * sectors,
      new: `${number}:${startSector}:${endSector}`, typecode: `${number}:${typeGuid}`, guid: `${number}:${partUuid}`, name: `${number}:${label}`,
    })),
    espVolumeId: partition('esp').filesystemUuid!.replace('-', ''),
    bootUuid: partition('boot').filesystemUuid!,
    ext4Options,
    group: { name: group.name, physicalVolumeUuid: group.physicalVolumes[0]!.uuid, extentSize: `${group.extentBytes / 2 ** 20}m` },
    volumes: plan.volumes.map(({ name, extents, tag, filesystem, filesystemUuid, mount }) => ({
      name, device: device(name), extents, tag, what: `making the volume ${name}`, mkfs: `making the ${filesystem} of ${mount}`, uuid: filesystemUuid, xfsUuid: `uuid=${filesystemUuid}`,
      ext4: filesystem === 'ext4', xfs: filesystem === 'xfs', swap: filesystem === 'swap',
    })),
    mounts: mounted(plan, disk).map(found => ({
      mount: found.mount, what: `mounting ${found.mount}`, filesystem: found.filesystem, options: hasty[found.filesystem]!,
      partition: 'number' in found, number: 'number' in found ? found.number : 0, device: 'name' in found ? device(found.name) : '',
    })),
    image: { url: image.url, sha256: image.sha256, sizeBytes: image.sizeBytes, tarBytes: image.tarBytes, storeBytes: image.sizeBytes + (image.compressed ? image.tarBytes : 0), compressed: image.compressed },
    fstab: [
      ...mounted(plan, disk).map(({ mount, filesystem, uuid }) => ({ uuid, mount, filesystem, options: filesystem === 'vfat' ? 'umask=0077' : 'defaults', pass: mount === '/' ? 1 : filesystem === 'xfs' ? 0 : 2 })),
      ...plan.volumes.filter(volume => volume.filesystem === 'swap').map(volume => ({ uuid: volume.filesystemUuid, mount: 'none', filesystem: 'swap', options: 'sw', pass: 0 })),
    ],
    timezone: settings.timezone, zoneinfo: `/usr/share/zoneinfo/${settings.timezone}`,
    authorizedKeys: [...settings.authorizedKeys],
    hostKeyComment: `root@${machine.name}`,
    kernel: image.kernel,
    kernelArguments: kernelArguments.join(' '),
    linuxArguments: [`root=/dev/mapper/${group.name}-${root.name}`, 'ro', ...kernelArguments],
    menuTitle: `${machine.name} (${order.os})`,
    grubTerminal: serial ? 'console serial' : 'console',
    grubSerial: serial ? `serial --unit=${serial[1]} --speed=${serial[2] ?? '115200'}` : '',
    serialUnit: serial?.[1] ?? '', serialSpeed: serial?.[2] ?? '115200',
    uefi: plan.firmware === 'uefi',
    bootEntry: bootEntry(disk, plan.firmware, settings.bootOrder),
  }
}

/** The partition that the firmware starts from. */
function bootEntry(disk: PlannedDisk, firmware: StoragePlan['firmware'], order: 'disk' | 'network'): StepsView['bootEntry'] {
  const from = disk.planned.find(found => found.role === (firmware === 'uefi' ? 'esp' : 'bios-boot'))
  return { disk: `/dev/disk/by-id/${disk.byId}`, partition: from?.number ?? 0, partUuid: from?.partUuid.toLowerCase() ?? '', networkFirst: order === 'network' }
}

function expected(disk: PlannedDisk): StepsView['disks'][number] {
  const places = disk.planned.map(partition => partition.startSector * disk.logicalSectorBytes)
  return {
    byId: disk.byId, serial: (disk.serial ?? '').trim().replaceAll(/ +/g, ' '), sizeBytes: disk.sizeBytes, logicalSectorBytes: disk.logicalSectorBytes,
    signature: disk.signature ?? '', signatureUuid: disk.signatureUuid ?? '', tableUuid: disk.tableUuid ?? '', wipe: disk.mayWipe,
    // 32256: where partitions began in the days of cylinders.
    probeOffsets: disk.mayWipe ? [] : [32256, ...places],
    partitions: disk.partitions.map(({ number, startBytes, sizeBytes, signature, uuid }) => ({ number, start: startBytes / 512, sectors: sizeBytes / 512, signature: signature ?? '', uuid: uuid ?? '' })),
  }
}

/** Everything that is mounted, parents before children. */
function mounted(plan: StoragePlan, disk: PlannedDisk): ({ mount: string, filesystem: string, uuid: string } & ({ number: number } | { name: string }))[] {
  const depth = (mount: string): number => mount.split('/').filter(part => part !== '').length
  return [
    ...disk.planned.flatMap(({ number, mount, filesystem, filesystemUuid }) => (mount === null ? [] : [{ mount, filesystem: filesystem!, uuid: filesystemUuid!, number }])),
    ...plan.volumes.filter(volume => volume.filesystem !== 'swap').map(({ name, mount, filesystem, filesystemUuid }) => ({ mount, filesystem, uuid: filesystemUuid, name })),
  ].sort((a, b) => depth(a.mount) - depth(b.mount) || (a.mount < b.mount ? -1 : 1))
}
