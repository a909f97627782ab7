// Installing: only onto empty disks and those that --wipe names.
import { worker, workerAndEmpty, workerUefi } from '../machines.ts'
import type { LabMachine, Scenario, ScenarioList } from '../scenario.ts'

const disk = worker.disks[0]!
const raid = 'mdadm --create /dev/md5 --run --metadata=1.2 --level=1 --raid-devices=2 --assume-clean /dev/sda /dev/sdb; mdadm --stop /dev/md5'

/** What the disk holds. */
const contents: Record<string, [what: string, script: string]> = {
  'xfs': ['xfs right on it', 'mkfs.xfs -q -f /dev/sda; seed /dev/sda data'],
  'swap': ['swap', 'mkswap /dev/sda'],
  'pv': ['a PV without a group', 'lvm pvcreate -y /dev/sda'],
  'empty-partition': ['a partition in which nothing is recognised', 'sgdisk --clear --new=1:0:0 /dev/sda'],
  'dos': ['a DOS table', `printf ',64M,83\\n,,5\\n,64M,83\\n' | sfdisk -q /dev/sda`],
  'raid-alone': ['a member of a RAID array', 'mdadm --create /dev/md5 --run --force --metadata=1.2 --level=1 --raid-devices=1 /dev/sda; mdadm --stop /dev/md5'],
  'our-install': ['a worker of another bastion', 'sgdisk -n 1:2048:+1M -t 1:ef02 -n 2:0:+64M -t 2:ef00 -n 3:0:+256M -n 4:0:0 -t 4:8e00 /dev/sda; udevadm settle; lvm pvcreate -y "$P4"; lvm vgcreate --addtag labctl.installed vg0 "$P4"; lvm lvcreate -y -Wn -L 64m -n root --addtag labctl.mzzzzzzzzzzz._ --addtag labctl.ready vg0; mkfs.ext4 -q -F /dev/vg0/root'],
}
const machineWith = (id: string, build: string, disks = [disk]): LabMachine => ({ id: `install-${id}`, made: 'stranger', role: 'worker', disks, build })

/** Those that are wiped too: the others are wiped by the same few commands. */
const wiped = new Set(['raid-alone', 'our-install', 'dos'])

function pair(id: string, [what, build]: [string, string]): Scenario[] {
  const machine = machineWith(id, build)
  return [
    { id: `install-on-${id}`, title: `An install onto a disk with ${what}`, machine, order: { kind: 'install' }, expect: { outcome: 'refused', codes: ['disk-holds-data'] } },
    ...wiped.has(id) ? [{ id: `install-on-${id}-wipe`, title: 'Likewise, and --wipe names the disk', machine, order: { kind: 'install', wipe: [disk.serial] }, expect: { outcome: 'done' } } as const] : [],
  ]
}

const b = { file: 'b.img', serial: 'B2B2B2B2', sizeMib: 2560 }
const twins = machineWith('tie', ':', [disk, b])
const spanning = machineWith('spanning', 'lvm pvcreate -y /dev/sda /dev/sdb; lvm vgcreate theirs /dev/sda /dev/sdb; lvm lvcreate -y -Wn -L 64m -n data theirs /dev/sdb; mkfs.ext4 -q -F /dev/theirs/data; seed /dev/theirs/data data', [disk, { ...b, sizeMib: 3072 }])
const joined = machineWith('joined', 'lvm pvcreate -y /dev/sdb; lvm vgcreate vg0- /dev/sdb; lvm lvcreate -y -Wn -L 64m -n root vg0-; mkfs.ext4 -q -F /dev/vg0-/root; seed /dev/vg0-/root data', [disk, { ...b, sizeMib: 3072 }])

export const moreInstallScenarios: ScenarioList = [
  { id: 'install-empty-table', title: 'An install onto a disk with an empty partition table', machine: machineWith('empty-table', 'sgdisk --clear /dev/sda'), order: { kind: 'install' }, expect: { outcome: 'done' } },
  ...Object.entries(contents).flatMap(([id, content]) => pair(id, content)),
  { id: 'install-over-worker-by-id', title: 'Likewise, by its name under /dev/disk/by-id, on UEFI', machine: workerUefi, order: { kind: 'install', wipe: [`wwn-0x6001405${disk.serial.toLowerCase()}${'0'.repeat(17)}`] }, expect: { outcome: 'done' } },
  { id: 'install-wipe-unknown', title: '--wipe names a disk that is not there', machine: worker, order: { kind: 'install', wipe: ['ZZZZZZZZ'] }, expect: { outcome: 'refused', codes: ['disk-holds-data', 'wipe-unknown-disk'] } },
  { id: 'install-wipe-kernel-name', title: '--wipe gives the kernel’s name', machine: worker, order: { kind: 'install', wipe: ['/dev/sda'] }, expect: { outcome: 'refused', codes: ['disk-holds-data', 'wipe-unknown-disk'] } },
  { id: 'install-wipe-other', title: '--wipe names another disk than the one that is chosen', machine: workerAndEmpty, order: { kind: 'install', wipe: ['E5E5E5E5'] }, expect: { outcome: 'refused', codes: ['disk-holds-data'] } },
  { id: 'install-tie-named', title: 'Likewise, and --wipe names one', machine: twins, order: { kind: 'install', wipe: [b.serial] }, expect: { outcome: 'done', note: 'the other stays as it is' } },
  { id: 'install-spanning', title: 'A group lies on two disks, and --wipe names one', machine: spanning, order: { kind: 'install', wipe: [disk.serial] }, expect: { outcome: 'refused', codes: ['group-spans-disks'] } },
  { id: 'install-spanning-wipe', title: 'Likewise, and --wipe names both', machine: spanning, order: { kind: 'install', wipe: [disk.serial, b.serial] }, expect: { outcome: 'done' } },
  { id: 'install-raid-spanning', title: 'A RAID array lies on two disks, and --wipe names one', machine: machineWith('raid', raid, [disk, { ...b, sizeMib: 3072 }]), order: { kind: 'install', wipe: [disk.serial] }, expect: { outcome: 'refused', codes: ['raid-spans-disks'] } },
  { id: 'install-raid-spanning-wipe', title: 'Likewise, and --wipe names both', machine: machineWith('raid', raid, [disk, { ...b, sizeMib: 3072 }]), order: { kind: 'install', wipe: [disk.serial, b.serial] }, expect: { outcome: 'done' } },
  { id: 'install-joined-name', title: 'Another disk holds a volume whose joined name is that of our root', machine: joined, order: { kind: 'install' }, expect: { outcome: 'refused', codes: ['joined-name-taken'] } },
]
