// Installs: a disk that holds data is never taken unless it was named, and no other one is touched.
import { emptyAnd, emptyMachine, twoDisks, worker, workerUefi } from '../machines.ts'
import type { Scenario, ScenarioList } from '../scenario.ts'

const refused = (...codes: string[]) => ({ outcome: 'refused', codes } as const)
const done = (note: string) => ({ outcome: 'done', note } as const)
const install = { kind: 'install' } as const
const wiping = { kind: 'install', wipe: ['A1B2C3D4'] } as const

/** A disk that holds something: refused, and installed over when it is named. */
function holding(id: string, what: string, build: string): Scenario[] {
  const machine = { ...emptyMachine, id: `holding-${id}`, build }
  return [
    { id: `install-over-${id}`, title: `An install on a disk that holds ${what}`, machine, order: install, expect: refused('disk-holds-data') },
    { id: `install-wipes-${id}`, title: `The same, with --wipe`, machine, order: wiping, expect: done('the disk is wiped') },
  ]
}

export const installScenarios: ScenarioList = [
  { id: 'install-empty', title: 'An install on an empty disk', machine: emptyMachine, order: install, expect: done('it is partitioned'), telling: true },
  { id: 'install-uefi', title: 'Likewise, with UEFI', machine: { ...emptyMachine, id: 'empty-uefi', firmware: 'uefi' }, order: install, expect: done('it is partitioned') },
  { id: 'install-4k', title: 'Likewise, on a disk with sectors of 4 KiB', machine: { ...emptyMachine, id: 'empty-4k', disks: [{ ...emptyMachine.disks[0]!, sectorBytes: 4096 }] }, order: { kind: 'install', role: 'worker-4k' }, expect: done('it is partitioned') },
  { id: 'install-two-disks', title: 'Likewise, with a data disk', machine: { ...twoDisks, id: 'empty-two', made: 'stranger', added: '' }, order: { kind: 'install', role: 'two-disks' }, expect: done('each gets a group of its own') },
  { id: 'install-xfs', title: 'Likewise, with xfs and swap', machine: emptyMachine, order: { kind: 'install', role: 'worker-xfs' }, expect: done('it is partitioned') },
  ...holding('filesystem', 'a file system', 'mkfs.ext4 -q -F /dev/sda; seed /dev/sda data'),
  ...holding('group', 'a volume group', 'lvm pvcreate -y /dev/sda; lvm vgcreate -y others /dev/sda; lvm lvcreate -y -L 64m -n data others; mkfs.ext4 -q -F /dev/others/data'),
  ...holding('same-group', 'a group of the layout’s name', 'lvm pvcreate -y /dev/sda; lvm vgcreate -y vg0 /dev/sda; lvm lvcreate -y -L 64m -n root vg0; mkfs.ext4 -q -F /dev/vg0/root'),
  ...holding('luks', 'encrypted data', 'echo secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/sda -'),
  ...holding('table', 'partitions', 'sgdisk -n 1:0:+100M -n 2:0:0 /dev/sda; udevadm settle; mkfs.ext4 -q -F /dev/sda1; head -c 1000000 /dev/urandom >/dev/sda2'),
  { id: 'install-lost-table', title: 'An install on a disk whose primary partition table is gone', machine: { ...emptyMachine, id: 'lost-table', build: 'sgdisk -n 1:0:0 /dev/sda; udevadm settle; mkfs.ext4 -q -F /dev/sda1; dd if=/dev/zero of=/dev/sda bs=512 count=34 conv=notrunc' }, order: install, expect: refused('disk-holds-data') },
  { id: 'install-hidden-filesystem', title: 'An install on a disk without a table, with a file system where partitions begin', machine: { ...emptyMachine, id: 'hidden', build: 'sgdisk -n 1:2048:+500M /dev/sda; udevadm settle; mkfs.ext4 -q -F /dev/sda1; sgdisk --zap-all /dev/sda' }, order: install, expect: { outcome: 'stopped', because: /was taken for empty/, untouched: true } },
  { id: 'install-array-member', title: 'An install on one disk of a RAID array', machine: emptyAnd('array', 'mdadm --create /dev/md77 --run --level=1 --raid-devices=2 --metadata=1.2 /dev/sda /dev/sdb; udevadm settle; mkfs.ext4 -q -F /dev/md77; mdadm --stop /dev/md77'), order: install, expect: refused('disk-holds-data', 'raid-spans-disks') },
  { id: 'install-group-on-two', title: 'An install that wipes one of two disks of a volume group', machine: emptyAnd('spanning', 'lvm pvcreate -y /dev/sda; lvm pvcreate -y /dev/sdb; lvm vgcreate -y others /dev/sda /dev/sdb; lvm lvcreate -y -l 100%FREE -n data others; mkfs.ext4 -q -F /dev/others/data'), order: wiping, expect: refused('group-spans-disks') },
  { id: 'install-name-taken', title: 'An install beside a group of the layout’s name on another disk', machine: emptyAnd('name-taken', 'lvm pvcreate -y /dev/sdb; lvm vgcreate -y vg0 /dev/sdb; lvm lvcreate -y -L 32m -n data vg0'), order: install, expect: refused('group-name-taken') },
  { id: 'install-beside-data', title: 'An install beside a disk that holds data', machine: emptyAnd('beside', 'mkfs.ext4 -q -F /dev/sdb; seed /dev/sdb data'), order: install, expect: done('the other disk stays, byte by byte'), telling: true },
  { id: 'install-tie', title: 'An install on a machine with two disks of one size', machine: { ...emptyMachine, id: 'tie', disks: [...emptyMachine.disks, { file: 'b.img', serial: 'B1B2B3B4', sizeMib: 2560 }] }, order: install, expect: refused('disk-tie') },
  { id: 'install-small', title: 'An install on a disk that is too small', machine: { ...emptyMachine, id: 'small', disks: [{ file: 'a.img', serial: 'A1B2C3D4', sizeMib: 1024 }] }, order: install, expect: refused('disk-too-small') },
  { id: 'install-esp-small', title: 'An install whose EFI system partition is too small for sectors of 4 KiB', machine: { ...emptyMachine, id: 'empty-4k', disks: [{ ...emptyMachine.disks[0]!, sectorBytes: 4096 }] }, order: install, expect: refused('esp-too-small') },
  { id: 'install-no-disk', title: 'An install on a machine without a disk', machine: { ...emptyMachine, id: 'no-disk', disks: [] }, order: install, expect: refused('no-disk') },
  { id: 'install-changed', title: 'An install on a disk that was empty when it was ordered, and is not any more', machine: emptyMachine, damage: 'mkfs.ext4 -q -F /dev/sda', order: install, expect: refused('disk-holds-data') },
  { id: 'install-twice', title: 'An install on a machine that we installed, without --wipe', machine: worker, order: install, expect: refused('disk-holds-data', 'machine-installed') },
  { id: 'install-anew', title: 'The same, with --wipe', machine: { ...worker, id: 'worker-2' }, order: wiping, expect: done('everything is made anew') },
  { id: 'install-anew-uefi', title: 'The same, with UEFI', machine: { ...workerUefi, id: 'worker-uefi-2' }, order: wiping, expect: done('everything is made anew') },
]
