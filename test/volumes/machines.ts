// The healthy machines that scenarios begin with. Each is made once per run, and copied for every scenario.
import type { LabMachine } from './scenario.ts'

const disk = { file: 'a.img', serial: 'A1B2C3D4', sizeMib: 2560 }

/** Files with checksums on every volume that is to be kept, what a node needs again on those that are not, and a mark of the former system. */
export const seedWorker = `
active vg0
seed /dev/vg0/home home; seed /dev/vg0/srv srv; seed /dev/vg0/longhorn longhorn
mount /dev/vg0/root /mnt
for type in ed25519 ecdsa; do echo "former private $type key" >/mnt/etc/ssh/ssh_host_\${type}_key; echo "former public $type key" >/mnt/etc/ssh/ssh_host_\${type}_key.pub; chmod 600 /mnt/etc/ssh/ssh_host_\${type}_key; done
mkdir -p /mnt/etc/rancher/node; echo former-password >/mnt/etc/rancher/node/password; chmod 600 /mnt/etc/rancher/node/password
echo former >/mnt/etc/former-system
umount /mnt
`

/** The worker as we install it: one disk, room left in the group. */
export const worker: LabMachine = { id: 'worker', made: 'install', role: 'worker', disks: [disk], added: seedWorker }

/** Likewise, its group full to the last extent. */
export const workerFull: LabMachine = { id: 'worker-full', made: 'install', role: 'worker-full', disks: [disk], added: seedWorker }

/** Likewise, with xfs and swap. */
export const workerXfs: LabMachine = { id: 'worker-xfs', made: 'install', role: 'worker-xfs', disks: [disk], added: seedWorker }

/** Likewise, on a disk with sectors of 4 KiB. */
export const worker4k: LabMachine = { id: 'worker-4k', made: 'install', role: 'worker', disks: [{ ...disk, serial: 'A4096B', sectorBytes: 4096 }], added: seedWorker }

/** Likewise, with UEFI, and another system's folder in the ESP. */
export const workerUefi: LabMachine = {
  id: 'worker-uefi', made: 'install', role: 'worker', firmware: 'uefi', disks: [disk],
  added: `${seedWorker}
mount "$P2" /mnt; mkdir -p /mnt/EFI/Microsoft/Boot; echo 'another system' >/mnt/EFI/Microsoft/Boot/bootmgfw.efi; umount /mnt
`,
}

/** A worker with a second disk that is nobody's business here: a file system right on it. */
export const workerAndForeign: LabMachine = {
  id: 'worker-and-foreign', made: 'install', role: 'worker', disks: [disk, { file: 'b.img', serial: 'F0E1D2C3', sizeMib: 64 }],
  added: `${seedWorker}
mkfs.ext4 -q -F /dev/sdb; seed /dev/sdb foreign
`,
}

/** Data on a disk and in a group of its own. */
export const twoDisks: LabMachine = {
  id: 'two-disks', made: 'install', role: 'two-disks', disks: [{ ...disk, sizeMib: 2048 }, { file: 'b.img', serial: 'DA7AD15C', sizeMib: 3072 }],
  added: seedWorker.replaceAll('/dev/vg0/longhorn', '/dev/data/longhorn').replace('active vg0', 'active vg0; active data'),
}

/** Installed by somebody else by hand, with the same volumes, and adopted. */
export const adopted: LabMachine = {
  id: 'adopted', made: 'hand', role: 'worker', disks: [disk],
  build: handMade(),
  adopt: [['root', '/'], ['var', '/var'], ['home', '/home'], ['srv', '/srv'], ['longhorn', '/var/lib/longhorn']].map(([name, mount]) => ({ group: 'vg0', name: name!, mount: mount! })),
  added: seedWorker,
}

/** The shell that makes a worker by hand, with other tools' habits. */
export function handMade(): string {
  return `
sgdisk -n 1:2048:+1M -t 1:ef02 -n 2:0:+64M -t 2:ef00 -n 3:0:+256M -t 3:8300 -n 4:0:0 -t 4:8e00 /dev/sda
udevadm settle
mkfs.vfat -F 32 "$P2"; mkfs.ext4 -q -F "$P3"
lvm pvcreate -y "$P4"; lvm vgcreate -y vg0 "$P4"
for pair in root:192 var:160 home:96 srv:96 longhorn:320; do
  lvm lvcreate -y -L "\${pair#*:}m" -n "\${pair%:*}" vg0
  mkfs.ext4 -q -F "/dev/vg0/\${pair%:*}"
done
mount /dev/vg0/root /mnt; mkdir -p /mnt/etc/ssh /mnt/var /mnt/home /mnt/srv /mnt/boot; umount /mnt
`
}
