// Disks that are none of ours, with every kind of contents: not a byte of them changes.
import { worker, workerAndEmpty } from '../machines.ts'
import type { LabMachine, Scenario, ScenarioList } from '../scenario.ts'
import { reprovision } from './orders.ts'

/** As ZFS lays out its first label: eight uberblocks behind 128 KiB. */
const zfs = `head -c 4194304 /dev/urandom >/dev/sdb; for number in 0 1 2 3 4 5 6 7; do printf '\\014\\261\\272\\000\\000\\000\\000\\000' | dd of=/dev/sdb bs=1 seek=$((131072 + number * 1024)) conv=notrunc 2>/dev/null; done; wipefs --no-act /dev/sdb | grep -q zfs_member`

/** What the second disk holds, and how it came there. */
const contents: Record<string, [what: string, script: string]> = {
  'ext4': ['ext4 right on it', 'mkfs.ext4 -q -F /dev/sdb; seed /dev/sdb foreign'],
  'xfs': ['xfs right on it', 'mkfs.xfs -q -f /dev/sdb; seed /dev/sdb foreign'],
  'dirty-ext4': ['ext4 that was not unmounted', 'mkfs.ext4 -q -F /dev/sdb; mount /dev/sdb /mnt; echo late >/mnt/late; sync -f /mnt/late; dd if=/dev/sdb of=/run/lab/copy.img bs=1M count=768; umount /mnt; dd if=/run/lab/copy.img of=/dev/sdb bs=1M; rm /run/lab/copy.img'],
  'swap': ['swap', 'mkswap /dev/sdb'],
  'zfs': ['a member of a ZFS pool', zfs],
  'gpt': ['partitions with vfat, ext4 and nothing', 'sgdisk --clear --new=1:0:+64M --new=2:0:+64M --new=3:0:+64M /dev/sdb; udevadm settle; mkfs.vfat /dev/sdb1; mkfs.ext4 -q -F /dev/sdb2; seed /dev/sdb2 foreign; head -c 3000000 /dev/urandom >/dev/sdb3'],
  'dos': ['a DOS table with an extended partition', `printf ',64M,83\\n,,5\\n,64M,83\\n' | sfdisk -q /dev/sdb; udevadm settle; mkfs.ext4 -q -F /dev/sdb5; seed /dev/sdb5 foreign`],
  'group': ['a volume group of its own', 'lvm pvcreate -y /dev/sdb; lvm vgcreate theirs /dev/sdb; lvm lvcreate -y -Wn -L 64m -n data theirs; mkfs.ext4 -q -F /dev/theirs/data; seed /dev/theirs/data foreign'],
  'group-twin': ['a volume group with volumes of our names', 'lvm pvcreate -y /dev/sdb; lvm vgcreate vg1 /dev/sdb; for name in root var home srv longhorn; do lvm lvcreate -y -Wn -L 64m -n $name vg1; mkfs.ext4 -q -F /dev/vg1/$name; seed /dev/vg1/$name $name-of-vg1; done'],
  'group-dash': ['a volume group and volume whose joined name is that of ours', 'lvm pvcreate -y /dev/sdb; lvm vgcreate vg0- /dev/sdb; lvm lvcreate -y -Wn -L 64m -n root vg0-; mkfs.ext4 -q -F /dev/vg0-/root; seed /dev/vg0-/root foreign'],
  'group-exported': ['a volume group that is exported', 'lvm pvcreate -y /dev/sdb; lvm vgcreate theirs /dev/sdb; lvm lvcreate -y -Wn -Zn -L 64m -n data theirs; lvm vgchange -an theirs; lvm vgexport theirs'],
  'group-thin': ['a volume group with a thin pool', 'lvm pvcreate -y /dev/sdb; lvm vgcreate theirs /dev/sdb; lvm lvcreate -y -L 64m -T theirs/pool; lvm lvcreate -y -V 200m -T theirs/pool -n thin; mkfs.ext4 -q -F /dev/theirs/thin; seed /dev/theirs/thin foreign'],
  'pv-alone': ['a PV without a group', 'lvm pvcreate -y /dev/sdb'],
  'iso': ['a hybrid image', 'dd if=/dev/zero of=/dev/sdb bs=1M count=2; printf "\\001CD001\\001\\000" | dd of=/dev/sdb bs=1 seek=32768 conv=notrunc; printf "\\377CD001\\001\\000" | dd of=/dev/sdb bs=1 seek=34816 conv=notrunc'],
}

const kept = (id: string, [what, script]: [string, string]): Scenario => ({
  id: `foreign-${id}`, title: `A second disk that is none of ours, with ${what}`, machine: workerAndEmpty, damage: script, order: reprovision, expect: { outcome: 'done', note: 'not a byte of it changes' },
})

const three: LabMachine = { ...worker, id: 'worker-and-two', disks: [worker.disks[0]!, { file: 'b.img', serial: 'B1B1B1B1', sizeMib: 96 }, { file: 'c.img', serial: 'C1C1C1C1', sizeMib: 96 }] }
const raid = 'mdadm --create /dev/md5 --run --metadata=1.2 --level=1 --raid-devices=2 --assume-clean --uuid=01234567:89abcdef:01234567:89abcdef /dev/sdb /dev/sdc'

export const foreignScenarios: ScenarioList = [
  ...Object.entries(contents).map(([id, content]) => kept(id, content)),
  { id: 'foreign-raid-member-alone', title: 'One member of a RAID array whose other disk is elsewhere', machine: workerAndEmpty, damage: 'mdadm --create /dev/md5 --run --force --metadata=1.2 --level=1 --raid-devices=2 /dev/sdb missing; mdadm --stop /dev/md5', order: reprovision, expect: { outcome: 'refused', codes: ['raid-degraded'] } },
  { id: 'foreign-raid-group', title: 'A volume group on a RAID array', machine: three, damage: `${raid}; lvm pvcreate -y /dev/md5; lvm vgcreate theirs /dev/md5; lvm lvcreate -y -Wn -Zn -L 16m -n data theirs; lvm vgchange -an theirs; mdadm --stop /dev/md5`, order: reprovision, expect: { outcome: 'done', note: 'it is kept' } },
  { id: 'foreign-group-partial', title: 'A foreign volume group, one of its disks gone', machine: three, damage: 'lvm pvcreate -y /dev/sdb /dev/sdc; lvm vgcreate theirs /dev/sdb /dev/sdc; lvm lvcreate -y -Wn -Zn -L 16m -n data theirs; lvm vgchange -an theirs; wipefs -a -q -f /dev/sdc', order: reprovision, expect: { outcome: 'refused', codes: ['lvm-unclear'] } },
  { id: 'unallocated-space', title: 'Bytes in the gaps: between table and first partition, and free extents', machine: worker, damage: 'active vg0; lvm lvcreate -y -Wn -Zn -L 256m -n gap vg0; head -c 200000000 /dev/urandom >/dev/vg0/gap; lvm lvremove -y vg0/gap; dd if=/dev/urandom of=/dev/sda bs=512 seek=40 count=1900 conv=notrunc', order: reprovision, expect: { outcome: 'done', note: 'they stay' } },
]
