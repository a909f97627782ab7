// The healthy machines that scenarios begin with. Each is made once per run, and copied for every scenario.
import type { LabMachine } from './scenario.ts'

const disk = { file: 'a.img', serial: 'A1B2C3D4', sizeMib: 2560 }
const second = { file: 'b.img', serial: 'F0E1D2C3', sizeMib: 128 }

/** What a node needs again although its volume is made anew, and a mark of the former system, on the root volume. */
const formerSystem = `
for type in ed25519 ecdsa; do echo "former private $type key" >/mnt/etc/ssh/ssh_host_\${type}_key; echo "former public $type key" >/mnt/etc/ssh/ssh_host_\${type}_key.pub; chmod 600 /mnt/etc/ssh/ssh_host_\${type}_key; done
mkdir -p /mnt/etc/rancher/node; echo former-password >/mnt/etc/rancher/node/password; chmod 600 /mnt/etc/rancher/node/password
echo former >/mnt/etc/former-system
`

/** Files with checksums on every volume that is to be kept, and the former system on the root volume. */
export function lived(volumes: readonly string[], groups = ['vg0']): string {
  return `
${groups.map(group => `active ${group}`).join('; ')}
${volumes.map(volume => `seed /dev/${volume} ${volume}`).join('; ')}
mount /dev/vg0/root /mnt
${formerSystem}
umount /mnt
`
}

const ofWorker = lived(['vg0/home', 'vg0/srv', 'vg0/longhorn'])

/** The worker as we install it: one disk, room left in the group. */
export const worker: LabMachine = { id: 'worker', made: 'install', role: 'worker', disks: [disk], added: ofWorker }

/** Likewise, its group full to the last extent. */
export const workerFull: LabMachine = { id: 'worker-full', made: 'install', role: 'worker-full', disks: [disk], added: ofWorker }

/** Likewise, with xfs and swap. */
export const workerXfs: LabMachine = { id: 'worker-xfs', made: 'install', role: 'worker-xfs', disks: [disk], added: ofWorker }

/** Likewise, on a disk with sectors of 4 KiB. */
export const worker4k: LabMachine = { id: 'worker-4k', made: 'install', role: 'worker-4k', disks: [{ ...disk, serial: 'A4096B', sectorBytes: 4096 }], added: ofWorker }

/** Likewise, with UEFI, and another system's folder in the ESP. */
export const workerUefi: LabMachine = {
  id: 'worker-uefi', made: 'install', role: 'worker', firmware: 'uefi', disks: [disk],
  added: `${ofWorker}
mount "$P2" /mnt; mkdir -p /mnt/EFI/Microsoft/Boot; echo 'another system' >/mnt/EFI/Microsoft/Boot/bootmgfw.efi; umount /mnt
`,
}

/** Likewise, with a second disk that is nobody's business here. */
export const workerAndForeign: LabMachine = { id: 'worker-and-foreign', made: 'install', role: 'worker', disks: [disk, second], added: ofWorker }

/** Likewise, and that disk is large enough to hold volumes of the group. */
export const workerAndEmpty: LabMachine = { ...workerAndForeign, id: 'worker-and-empty', disks: [disk, { file: 'b.img', serial: 'E5E5E5E5', sizeMib: 768 }] }

/** Likewise, and that disk is larger than ours. */
export const workerAndLarge: LabMachine = { ...workerAndForeign, id: 'worker-and-large', disks: [disk, { file: 'b.img', serial: '1A46E000', sizeMib: 2624 }] }

/** Likewise, with two further disks. */
export const workerAndTwo: LabMachine = { id: 'worker-and-two', made: 'install', role: 'worker', disks: [disk, second, { ...second, file: 'c.img', serial: 'C0C1C2C3' }], added: ofWorker }

/** One large root volume, and Longhorn's. */
export const workerOne: LabMachine = { id: 'worker-one', made: 'install', role: 'worker-one', disks: [disk], added: lived(['vg0/longhorn']) }

/** Nothing that a reprovision would keep. */
export const workerNoKeep: LabMachine = { id: 'worker-no-keep', made: 'install', role: 'worker-no-keep', disks: [disk], added: lived([]) }

/** Data on a disk and in a group of its own. */
export const twoDisks: LabMachine = {
  id: 'two-disks', made: 'install', role: 'two-disks', disks: [{ ...disk, sizeMib: 2048 }, { file: 'b.img', serial: 'DA7AD15C', sizeMib: 3072 }],
  added: lived(['vg0/home', 'vg0/srv', 'data/longhorn'], ['vg0', 'data']),
}

/** The shell that makes a worker by hand, with other tools' habits. `volumes`: NAME:MIB each. */
export function handMade(volumes = 'root:320 var:160 home:96 srv:96 longhorn:320'): string {
  return `
sgdisk -n 1:2048:+1M -t 1:ef02 -n 2:0:+64M -t 2:ef00 -n 3:0:+256M -t 3:8300 -n 4:0:0 -t 4:8e00 /dev/sda
udevadm settle
mkfs.vfat -F 32 "$P2"; mkfs.ext4 -q -F "$P3"
lvm pvcreate -y "$P4"; lvm vgcreate -y vg0 "$P4"
for pair in ${volumes}; do
  lvm lvcreate -y -L "\${pair#*:}m" -n "\${pair%:*}" vg0
  mkfs.ext4 -q -F "/dev/vg0/\${pair%:*}"
done
mount /dev/vg0/root /mnt; mkdir -p /mnt/etc/ssh /mnt/var /mnt/home /mnt/srv /mnt/boot; umount /mnt
`
}

const ours = (pairs: Record<string, string>) => Object.entries(pairs).map(([name, mount]) => ({ group: 'vg0', name, mount }))

/** Installed by somebody else by hand, with the same volumes and one more, and adopted. */
export const adopted: LabMachine = {
  id: 'adopted', made: 'hand', role: 'worker', disks: [disk], build: `${handMade()}
lvm lvcreate -y -L 8m -n others vg0; head -c 8388608 /dev/urandom >/dev/vg0/others
`,
  adopt: ours({ root: '/', var: '/var', home: '/home', srv: '/srv', longhorn: '/var/lib/longhorn' }), added: ofWorker,
}

/** Likewise, but /home is a folder on its root volume. */
export const adoptedOne: LabMachine = {
  id: 'adopted-one', made: 'hand', role: 'worker-one', disks: [disk], build: `${handMade('root:512 longhorn:320')}
mount /dev/vg0/root /mnt; mkdir -p /mnt/home/somebody; echo precious >/mnt/home/somebody/file; umount /mnt
`,
  adopt: ours({ root: '/', longhorn: '/var/lib/longhorn' }), added: lived(['vg0/longhorn']),
}

/** Installed by hand, and nobody told the bastion. */
export const stranger: LabMachine = { id: 'stranger', made: 'stranger', role: 'worker', disks: [disk], build: handMade(), added: ofWorker }

/** A machine with nothing on its disk. */
export const emptyMachine: LabMachine = { id: 'empty', made: 'stranger', role: 'worker', disks: [disk] }

/** Likewise, with a second disk that holds what `build` makes. */
export function emptyAnd(id: string, build: string, more: Partial<LabMachine> = {}): LabMachine {
  return { id, made: 'stranger', role: 'worker', disks: [disk, second], build, ...more }
}
