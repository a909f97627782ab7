// Disks that are none of ours, with every kind of contents: not a byte of them changes.
import { worker, workerAndEmpty } from '../machines.ts'
import type { LabMachine, Scenario, ScenarioList } from '../scenario.ts'
import { reprovision } from './orders.ts'

/** As ZFS lays out its first label: eight uberblocks behind 128 KiB. */
const zfs = `head -c 4194304 /dev/urandom >$d; for number in 0 1 2 3 4 5 6 7; do printf '\\014\\261\\272\\000\\000\\000\\000\\000' | dd of=$d bs=1 seek=$((131072 + number * 1024)) conv=notrunc 2>/dev/null; done; wipefs --no-act $d | grep -q zfs_member`

/** Disks that are none of ours, one for each of these; `$d` is the disk. */
const filesystems: readonly string[] = [
  'mkfs.ext4 -q -F $d; seed $d ext4',
  'mkfs.xfs -q -f $d; seed $d xfs',
  'mkfs.ext4 -q -F $d; mount $d /mnt; echo late >/mnt/late; sync -f /mnt/late; dd if=$d of=/run/lab/copy.img bs=1M; umount /mnt; dd if=/run/lab/copy.img of=$d bs=1M; rm /run/lab/copy.img',
  'mkswap $d',
  zfs,
  'dd if=/dev/zero of=$d bs=1M count=2; printf "\\001CD001\\001\\000" | dd of=$d bs=1 seek=32768 conv=notrunc; printf "\\377CD001\\001\\000" | dd of=$d bs=1 seek=34816 conv=notrunc',
]
const tables: readonly string[] = [
  'sgdisk --clear --new=1:0:+64M --new=2:0:+64M --new=3:0:+64M $d; udevadm settle; mkfs.vfat ${d}1; mkfs.ext4 -q -F ${d}2; seed ${d}2 foreign; head -c 3000000 /dev/urandom >${d}3',
  "printf ',64M,83\\n,,5\\n,64M,83\\n' | sfdisk -q $d; udevadm settle; mkfs.ext4 -q -F ${d}5; seed ${d}5 foreign",
  // Names and labels of ours.
  'sgdisk --clear --new=1:0:+32M --change-name=1:labctl-boot --new=2:0:+32M --change-name=2:labctl-lvm $d; udevadm settle; mkfs.vfat -n LABCTL-ESP ${d}1; mkfs.ext4 -q -F -L boot ${d}2; seed ${d}2 foreign',
  // UUIDs of ours.
  'active vg0; mkfs.ext4 -q -F -U "$(blkid -p -s UUID -o value /dev/vg0/root)" $d; seed $d foreign',
  'active vg0; mkfs.xfs -q -f -m uuid="$(blkid -p -s UUID -o value /dev/vg0/srv)" $d; mount -o nouuid $d /mnt; echo foreign >/mnt/file; umount /mnt',
  "guid=$(sgdisk -i 4 /dev/sda | sed -n 's/^Partition unique GUID: //p'); sgdisk --clear --new=4:0:+64M --partition-guid=4:$guid $d; udevadm settle; mkfs.ext4 -q -F ${d}4; seed ${d}4 foreign",
]
const volume = (group: string, name: string): string => `lvm lvcreate -y -Wn -L 16m -n ${name} ${group}; mkfs.ext4 -q -F /dev/${group}/${name}; seed /dev/${group}/${name} ${name}-of-${group}`
const groups: readonly string[] = [
  `lvm pvcreate -y $d; lvm vgcreate theirs $d; ${volume('theirs', 'data')}`,
  `lvm pvcreate -y $d; lvm vgcreate vg1 $d; ${['root', 'var', 'home', 'srv', 'longhorn'].map(name => volume('vg1', name)).join('; ')}`,
  `lvm pvcreate -y $d; lvm vgcreate vg0-x $d; ${volume('vg0-x', 'root')}`,
  'lvm pvcreate -y $d; lvm vgcreate away $d; lvm lvcreate -y -Wn -Zn -L 16m -n data away; lvm vgchange -an away; lvm vgexport away',
  `lvm pvcreate -y $d; lvm vgcreate thin $d; lvm lvcreate -y -L 64m -T thin/pool; lvm lvcreate -y -V 200m -T thin/pool -n data; mkfs.ext4 -q -F /dev/thin/data; seed /dev/thin/data thin-of-thin`,
  'lvm pvcreate -y $d',
]

/** One scenario for six disks: a boot each would take an hour together. */
function six(id: string, title: string, scripts: readonly string[]): Scenario {
  const disks = scripts.map((_, index) => ({ file: `foreign-${index}.img`, serial: `F0E1D2C${index}`, sizeMib: 320 }))
  return {
    id, title, machine: { ...worker, id: 'worker-and-six', disks: [worker.disks[0]!, ...disks] },
    damage: scripts.map((script, index) => `d=/dev/sd${'bcdefg'[index]!}; ${script}`).join('\n'), order: reprovision, expect: { outcome: 'done', note: 'not a byte of them changes' },
  }
}

const three: LabMachine = { ...worker, id: 'worker-and-two', disks: [worker.disks[0]!, { file: 'b.img', serial: 'B1B1B1B1', sizeMib: 96 }, { file: 'c.img', serial: 'C1C1C1C1', sizeMib: 96 }] }
const raid = 'mdadm --create /dev/md5 --run --metadata=1.2 --level=1 --raid-devices=2 --assume-clean --uuid=01234567:89abcdef:01234567:89abcdef /dev/sdb /dev/sdc'

export const foreignScenarios: ScenarioList = [
  six('foreign-file-systems', 'Six other disks: ext4, xfs, ext4 that was not unmounted, swap, a member of a ZFS pool, an ISO image', filesystems),
  six('foreign-tables', 'Six other disks: GPT, DOS with an extended partition, names and labels of ours, UUIDs of our root, of a kept volume and of our partition', tables),
  six('foreign-groups', 'Six other disks: a volume group, one with volumes of our names, one whose name begins like ours, an exported one, one with a thin pool, a PV without a group', groups),
  { id: 'foreign-raid-member-alone', title: 'One member of a RAID array whose other disk is elsewhere', machine: workerAndEmpty, damage: 'mdadm --create /dev/md5 --run --force --metadata=1.2 --level=1 --raid-devices=2 /dev/sdb missing; mdadm --stop /dev/md5', order: reprovision, expect: { outcome: 'refused', codes: ['raid-degraded'] } },
  { id: 'foreign-raid-group', title: 'A volume group on a RAID array', machine: three, damage: `${raid}; lvm pvcreate -y /dev/md5; lvm vgcreate theirs /dev/md5; lvm lvcreate -y -Wn -Zn -L 16m -n data theirs; lvm vgchange -an theirs; mdadm --stop /dev/md5`, order: reprovision, expect: { outcome: 'done', note: 'it is kept' } },
  { id: 'foreign-joined-name', title: 'A foreign volume whose joined name, a doubled dash read as one, is that of our root', machine: three, damage: `lvm pvcreate -y /dev/sdb; lvm vgcreate vg0- /dev/sdb; ${volume('vg0-', 'root')}; lvm vgchange -an vg0-`, order: reprovision, expect: { outcome: 'refused', codes: ['joined-name-taken'] } },
  { id: 'foreign-group-partial', title: 'A foreign volume group, one of its disks gone', machine: three, damage: 'lvm pvcreate -y /dev/sdb /dev/sdc; lvm vgcreate theirs /dev/sdb /dev/sdc; lvm lvcreate -y -Wn -Zn -L 16m -n data theirs; lvm vgchange -an theirs; wipefs -a -q -f /dev/sdc', order: reprovision, expect: { outcome: 'refused', codes: ['lvm-unclear'] } },
  { id: 'unallocated-space', title: 'Bytes in the gaps: between table and first partition, and free extents', machine: worker, damage: 'active vg0; lvm lvcreate -y -Wn -Zn -L 256m -n gap vg0; head -c 200000000 /dev/urandom >/dev/vg0/gap; lvm lvremove -y vg0/gap; dd if=/dev/urandom of=/dev/sda bs=512 seek=40 count=1900 conv=notrunc', order: reprovision, expect: { outcome: 'done', note: 'they stay' } },
]
