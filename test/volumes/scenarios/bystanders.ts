// Things on a machine's disks that are nobody's business here: they stay, to the last byte.
import { worker, workerAndForeign, workerAndTwo } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const
const kept = (note = 'kept, byte by byte') => ({ outcome: 'done', note } as const)
const fill = (device: string) => `head -c 3000000 /dev/urandom >"${device}"`
const uuid = '6ba7b810:9dad11d1:80b400c0:4fd430c8'
const mirror = `mdadm --create /dev/md77 --run --level=1 --raid-devices=2 --metadata=1.2 --uuid=${uuid} /dev/sdb /dev/sdc; udevadm settle; mkfs.ext4 -q -F /dev/md77; mdadm --stop /dev/md77`

export const bystanderScenarios: ScenarioList = [
  {
    id: 'unknown-volumes', title: '40 volumes in the group that the layout does not know', machine: worker, order: reprovision, expect: kept(), telling: true,
    damage: `active vg0; for number in $(seq 1 40); do echo "lvcreate -y -Zn -Wn -L 4m -n pvc-$number vg0"; done | lvm; udevadm settle
for number in $(seq 1 40); do ${fill('/dev/vg0/pvc-$number')}; done`,
  },
  { id: 'volumes-200', title: '200 volumes in the group', machine: worker, order: reprovision, expect: kept(), damage: `active vg0; for number in $(seq 1 200); do echo "lvcreate -y -an -Zn -Wn -L 4m -n replica-$number vg0"; done | lvm` },
  {
    id: 'names-with-dashes', title: 'Volumes whose names have dashes that device-mapper doubles', machine: worker, order: reprovision, expect: kept(),
    damage: `active vg0; for name in a-b a--b root-old var--lib x.y_z+1; do lvm lvcreate -y -Zn -Wn -L 4m -n "$name" vg0; ${fill('/dev/vg0/$name')}; done`,
  },
  { id: 'unknown-partition', title: 'A partition that we did not make, between ours', machine: worker, order: reprovision, expect: kept(), damage: 'sgdisk -a 1 -n 5:34:2047 -c 5:others /dev/sda; udevadm settle; head -c 500000 /dev/urandom >/dev/sda5' },
  { id: 'foreign-disk-raw', title: 'Another disk with data and no signature', machine: workerAndForeign, order: reprovision, expect: kept(), damage: 'head -c 20000000 /dev/urandom >/dev/sdb', telling: true },
  { id: 'foreign-disk-group', title: 'Another disk with somebody else’s volume group', machine: workerAndForeign, order: reprovision, expect: kept(), damage: `lvm pvcreate -y /dev/sdb; lvm vgcreate -y others /dev/sdb; lvm lvcreate -y -L 20m -n root others; ${fill('/dev/others/root')}` },
  { id: 'foreign-disk-labels', title: 'Another disk whose label has quotes, dollar signs and a line break', machine: workerAndForeign, order: reprovision, expect: kept(), damage: `mkfs.ext4 -q -F -L "$(printf 'a"b$(x)\\nc')" /dev/sdb` },
  { id: 'foreign-disk-unicode', title: 'Another disk whose partition names and labels are not ASCII', machine: workerAndForeign, order: reprovision, expect: kept(), damage: `sgdisk -n 1:0:0 -c '1:Дата “日本” é' /dev/sdb; udevadm settle; mkfs.ext4 -q -F -L 'ünïcödé' /dev/sdb1` },
  { id: 'foreign-disk-luks', title: 'Another disk that is encrypted', machine: workerAndForeign, order: reprovision, expect: kept(), damage: 'echo secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/sdb -' },
  { id: 'foreign-array', title: 'Two other disks that are a RAID array', machine: workerAndTwo, order: reprovision, expect: kept(), damage: mirror },
  {
    id: 'foreign-array-degraded', title: 'Likewise, and one of them is another disk now', machine: workerAndTwo, order: reprovision, expect: { outcome: 'refused', codes: ['raid-degraded'] },
    damage: `${mirror}; mdadm --zero-superblock /dev/sdc; wipefs -a /dev/sdc`,
  },
  {
    id: 'foreign-array-accepted', title: 'The same, with --accept degraded-raid=…', machine: workerAndTwo, order: { kind: 'reprovision', accept: [`degraded-raid=${uuid}`], shownAfterwards: true }, expect: kept(),
    damage: `${mirror}; mdadm --zero-superblock /dev/sdc; wipefs -a /dev/sdc`,
  },
  { id: 'snapshot-of-unknown', title: 'A snapshot of a volume that the layout does not know', machine: worker, order: reprovision, expect: kept(), damage: `active vg0; lvm lvcreate -y -L 16m -n pvc vg0; lvm lvcreate -y -s -L 16m -n pvc-old vg0/pvc; ${fill('/dev/vg0/pvc')}` },
  { id: 'disks-in-other-order', title: 'The kernel finds the disks in another order', machine: workerAndForeign, order: reprovision, expect: kept('disks are known by their identity'), damage: 'head -c 20000000 /dev/urandom >/dev/sdb', disksThen: disks => disks.toReversed() },
  { id: 'disk-added', title: 'A disk more than was recorded', machine: worker, order: reprovision, expect: { outcome: 'refused', codes: ['facts-disagree'] }, disksThen: disks => [...disks, { file: 'new.img', serial: '0E0E0E0E', sizeMib: 128 }] },
  { id: 'disk-of-nothing', title: 'A disk of 0 bytes', machine: worker, order: reprovision, expect: kept('it does not matter'), meanwhile: 'modprobe nbd nbds_max=1; udevadm settle' },
]
