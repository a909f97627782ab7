// From the storage plan and the order to the view of the shell steps.
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { mapped, mounted, namedPartitions, planStorageSteps, type NamedPartition } from './plan-storage-steps.ts'
import type { SettingsSteps } from './settings-views.ts'
import type { StepsView } from './steps-view.ts'

/** What the steps need beside the storage plan. */
export interface InstallQuestion {
  plan: StoragePlan
  machine: { name: string, mac: string }
  order: { id: string, attempt: number, os: string }
  /** The file to be streamed, whole URL on the boot plane; `tarBytes` is its size unpacked to a tar archive. */
  image: { url: string, sha256: string, sizeBytes: number, tarBytes: number, compressed: boolean, kernel: string }
  settings: { authorizedKeys: readonly string[], timezone: string, consoles: readonly string[], kernelArguments: readonly string[], bootOrder: 'disk' | 'network' }
  /** What the machine's settings come to, its files rendered. */
  day: SettingsSteps
}

/** Orphan files and checksum seeds are left out: GRUB and older rescue systems can't read them. No discard: it can take minutes, and fstrim.timer does it later. */
const ext4Options = ['-q', '-F', '-m', '1', '-O', '^metadata_csum_seed,^orphan_file', '-E', 'lazy_itable_init=1,lazy_journal_init=1,nodiscard']

/** A disk that is slow to show itself is waited for, longer than systemd would by itself (90 s); the ESP, which a running system hardly needs, holds nobody up. */
const deviceSeconds = 300

/** The view for {@link InstallQuestion}. */
export function planSteps({ plan, machine, order, image, settings, day }: InstallQuestion): StepsView {
  const partitions = namedPartitions(plan)
  const storage = planStorageSteps(plan)
  const boot = partitions.find(found => found.role === 'boot')
  if (boot === undefined) throw new TypeError('The plan has no /boot.')
  const formats = (filesystem: 'vfat' | 'ext4' | 'xfs' | 'swap'): boolean => storage.formats.some(format => format[filesystem])
  const reprovision = plan.order === 'reprovision'
  const serial = settings.consoles.map(console => /^ttyS(\d+)(?:,(\d+))?/.exec(console)).findLast(match => match !== null)
  const root = plan.volumes.find(volume => volume.mount === '/')!
  const kernelArguments = [...settings.consoles.map(console => `console=${console}`), ...settings.kernelArguments]
  return {
    name: machine.name, mac: machine.mac, order: order.id, attempt: order.attempt,
    reprovision,
    left: reprovision ? 'kept volumes are untouched; run labctl provision retry' : 'the system on the disk is unfinished; run labctl provision retry',
    programs: [
      'blkid', 'lsblk', ...reprovision ? ['sfdisk'] : [], ...plan.disks.some(found => found.action === 'wipe') ? ['sgdisk'] : [], 'wipefs', 'lvm', 'udevadm', 'blockdev', 'sync', 'mkfs.ext4', ...formats('vfat') ? ['mkfs.vfat'] : [], 'curl', 'tar', 'sha256sum', 'stat', 'timeout', 'chroot', 'dd', 'readlink',
      ...formats('xfs') ? ['mkfs.xfs'] : [], ...formats('swap') ? ['mkswap'] : [], ...image.compressed ? ['zstd'] : [],
      ...reprovision ? ['dumpe2fs', 'dmsetup', 'losetup', 'modprobe', 'truncate', 'cmp', 'comm', 'sort', 'cut', 'du', 'awk'] : [],
    ],
    ...storage,
    bootUuid: boot.filesystemUuid!, bootVariable: boot.variable, bootModule: boot.filesystem === 'xfs' ? 'xfs' : 'ext2',
    ext4Options,
    image: { url: image.url, sha256: image.sha256, sizeBytes: image.sizeBytes, tarBytes: image.tarBytes, storeBytes: image.sizeBytes + (image.compressed ? image.tarBytes : 0), compressed: image.compressed },
    fstab: [
      ...mounted(plan).map(({ mount, filesystem, source }) => ({ source, mount, filesystem, options: filesystem === 'vfat' ? 'umask=0077,nofail' : `defaults,x-systemd.device-timeout=${deviceSeconds}`, pass: mount === '/' ? 1 : filesystem === 'xfs' ? 0 : 2 })),
      ...plan.volumes.filter(volume => volume.filesystem === 'swap').map(volume => ({ source: mapped(volume), mount: 'none', filesystem: 'swap', options: 'sw', pass: 0 })),
    ],
    timezone: settings.timezone, zoneinfo: `/usr/share/zoneinfo/${settings.timezone}`,
    authorizedKeys: [...settings.authorizedKeys],
    hostKeyComment: `root@${machine.name}`,
    kernel: image.kernel,
    kernelArguments: kernelArguments.join(' '),
    linuxArguments: [`root=${mapped(root)}`, 'ro', ...kernelArguments],
    menuTitle: `${machine.name} (${order.os})`,
    grubTerminal: serial ? 'console serial' : 'console',
    grubSerial: serial ? `serial --unit=${serial[1]} --speed=${serial[2] ?? '115200'}` : '',
    serialUnit: serial?.[1] ?? '', serialSpeed: serial?.[2] ?? '115200',
    uefi: plan.firmware === 'uefi',
    bootEntry: bootEntryOf(plan, partitions, settings.bootOrder),
    ...day,
  }
}

/** The partition that the firmware starts from. */
export function bootEntryOf(plan: StoragePlan, partitions: readonly NamedPartition[], order: 'disk' | 'network'): StepsView['bootEntry'] {
  const from = partitions.find(found => found.role === (plan.firmware === 'uefi' ? 'esp' : 'bios-boot'))
  return { disk: `/dev/disk/by-id/${from?.disk ?? plan.disks.find(disk => disk.role === 'system')!.byId}`, partition: from?.number ?? 0, partUuid: from?.partUuid.toLowerCase() ?? '', networkFirst: order === 'network' }
}
