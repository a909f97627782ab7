// The recorded group as a whole: renamed, taken away, doubled, grown onto other disks.
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { worker, workerAndEmpty, workerAndLarge } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision, shownAfterwards } from './orders.ts'

/** One letter of the name of a volume, wherever it stands in the metadata at the beginning of our PV. */
function damageMetadata(folder: string): void {
  const file = openSync(join(folder, 'a.img'), 'r+')
  try {
    const at = 322 * 2 ** 20
    const metadata = Buffer.alloc(2 ** 20)
    readSync(file, metadata, 0, metadata.length, at)
    for (let found = metadata.indexOf('longhorn {'); found >= 0; found = metadata.indexOf('longhorn {', found + 1)) writeSync(file, 'X', at + found)
  } finally { closeSync(file) }
}

const gone = 'lvm vgchange -an vg0 >/dev/null'

export const lvmScenarios: ScenarioList = [
  { id: 'group-renamed', title: 'The group was renamed', machine: worker, damage: `${gone}; lvm vgrename vg0 vg9`, order: reprovision, expect: { outcome: 'refused', codes: ['group-renamed'] } },
  { id: 'group-exported', title: 'The group was exported', machine: worker, damage: `${gone}; lvm vgexport vg0`, order: reprovision, expect: { outcome: 'refused', codes: ['group-exported'] } },
  {
    id: 'group-foreign', title: 'The group has another system’s id', machine: worker, damage: `${gone}; lvm vgchange -y --config 'local{extra_system_ids=["elsewhere"]}' --systemid elsewhere vg0`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-foreign'] },
  },
  {
    id: 'group-name-twice', title: 'A second group of the same name, on another disk', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgcreate --devices /dev/sdb vg0 /dev/sdb; lvm lvcreate --devices /dev/sdb -y -an -Zn -Wn -L 64m -n srv vg0`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-name-twice', 'lvm-unclear'] }, 
  },
  {
    id: 'group-removed', title: 'The group was removed', machine: worker, damage: `${gone}; lvm vgremove -ff -y vg0`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-missing'] },
  },
  {
    id: 'group-made-anew', title: 'The group was made anew by somebody else, with the same names, on the same partition', machine: worker,
    damage: `${gone}; lvm vgremove -ff -y vg0; lvm pvremove -ff -y "$P4"; lvm pvcreate -y "$P4"; lvm vgcreate vg0 "$P4"
for name in root var home srv longhorn; do lvm lvcreate -y -Zn -Wn -L 100m -n $name vg0; mkfs.ext4 -q -F /dev/vg0/$name; done`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'pv-changed'] },
  },
  {
    id: 'group-made-anew-on-our-pv', title: 'Likewise, on the recorded PV', machine: worker,
    damage: `${gone}; lvm vgremove -ff -y vg0; lvm vgcreate vg0 "$P4"; for name in root var home srv longhorn; do lvm lvcreate -y -Zn -Wn -L 100m -n $name vg0; mkfs.ext4 -q -F /dev/vg0/$name; done`,
    order: reprovision, expect: { outcome: 'refused', codes: ['pv-changed', 'volume-replaced'] },
  },
  { id: 'pv-label-wiped', title: 'The PV’s label was wiped', machine: worker, damage: `${gone}; wipefs -a -q -f "$P4"`, order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'pv-missing'] } },
  { id: 'pv-metadata-lost', title: 'The PV’s metadata is gone, its label there', machine: worker, damage: `${gone}; dd if=/dev/zero of="$P4" bs=4096 seek=1 count=255 conv=notrunc`, order: reprovision, expect: { outcome: 'refused', codes: ['facts-inconsistent', 'group-missing', 'lvm-unclear'] } },
  { id: 'pv-metadata-damaged', title: 'The PV’s metadata does not have its checksum', machine: worker, damageImages: damageMetadata, order: reprovision, expect: { outcome: 'refused', codes: ['facts-inconsistent', 'group-missing', 'lvm-unclear'] } },
  { id: 'pv-foreign-file-system', title: 'Somebody put a file system where our PV was', machine: worker, damage: `${gone}; wipefs -a -q -f "$P4"; mkfs.ext4 -q -F "$P4"; seed "$P4" stranger`, order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'pv-changed'] } },
  {
    id: 'pv-luks', title: 'LUKS in place of our PV', machine: worker,
    damage: `${gone}; wipefs -a -q -f "$P4"; printf secret | cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --key-file - "$P4"`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'luks-locked'] }, 
  },
  {
    id: 'pv-raid', title: 'A RAID member in place of our PV', machine: worker,
    damage: `${gone}; wipefs -a -q -f "$P4"; mdadm --create /dev/md77 --run --force --metadata=1.2 --level=1 --raid-devices=1 "$P4"; mdadm --stop /dev/md77`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'raid-below'] },
  },
  {
    id: 'vgextend', title: 'The group was extended by hand onto another disk, with a volume there', machine: workerAndEmpty, 
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; lvm lvcreate -y -Zn -Wn -L 64m -n extra vg0 /dev/sdb; mkfs.ext4 -q -F /dev/vg0/extra; seed /dev/vg0/extra extra`,
    order: shownAfterwards(), expect: { outcome: 'done', note: 'what is there is kept, and nothing new goes there' },
  },
  {
    id: 'vgextend-grown', title: 'Likewise, and the layout grew: there is room on the recorded disk', machine: workerAndEmpty, damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb`,
    order: { ...shownAfterwards(), role: 'worker-grown' }, check: `expect 'nothing lies on the other disk' sh -c '! lvm pvs --segments --noheadings -o lv_name,pv_name | grep sdb | grep -q minio'`, expect: { outcome: 'done' },
  },
  {
    id: 'vgextend-only-room', title: 'Likewise, and the only room is on the disk that was added by hand', machine: workerAndEmpty,
    damage: `active vg0; lvm lvcreate -y -Zn -Wn -l 100%FREE -n hog vg0; lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb`,
    order: { kind: 'reprovision', role: 'worker-grown' }, expect: { outcome: 'refused', codes: ['not-enough-space'] },
  },
  {
    id: 'vgextend-kept-grown', title: 'A kept volume was extended onto a disk that was added by hand', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvextend -L +200m vg0/srv /dev/sdb; e2fsck -fy /dev/vg0/srv >/dev/null; resize2fs /dev/vg0/srv 2>/dev/null; seed /dev/vg0/srv srv`,
    order: shownAfterwards(), expect: { outcome: 'done', note: 'it is kept as it is' },
  },
  {
    id: 'vgextend-root-grown', title: 'The root was extended onto a disk that was added by hand', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvextend -L +200m vg0/root /dev/sdb; lvm lvcreate -y -Zn -Wn -L 64m -n extra vg0 /dev/sdb; mkfs.ext4 -q -F /dev/vg0/extra; seed /dev/vg0/extra extra`,
    order: shownAfterwards(), expect: { outcome: 'done', note: 'it is formatted where it lies, to its whole length' },
  },
  {
    id: 'vgextend-lost', title: 'The group was extended onto another disk, and the PV there is gone', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvcreate -y -Zn -Wn -L 64m -n extra vg0 /dev/sdb; ${gone}; wipefs -a -q -f /dev/sdb`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-partial', 'lvm-unclear'] },
  },
  {
    id: 'vgextend-removed', title: 'A second PV was there and was taken out again properly', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; lvm vgreduce vg0 /dev/sdb; lvm pvremove -y /dev/sdb`, order: reprovision, expect: { outcome: 'done' },
  },
  {
    id: 'pv-moved', title: 'Everything was moved to another PV of the group, and ours taken out', machine: workerAndLarge,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; lvm pvmove -q "$P4" /dev/sdb >/dev/null; lvm vgreduce vg0 "$P4"; lvm pvremove -y "$P4"`,
    order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'pv-missing'] },
  },
  {
    id: 'raid-volume', title: 'A mirrored volume in our group that the layout does not know', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvcreate -y --type raid1 -m 1 --nosync -Wn -L 64m -n twin vg0; mkfs.ext4 -q -F /dev/vg0/twin; seed /dev/vg0/twin twin`,
    order: shownAfterwards(), expect: { outcome: 'done', note: 'it is kept' },
  },
  {
    id: 'raid-root', title: 'The root was made a mirror', machine: workerAndEmpty, damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvconvert -y --type raid1 -m 1 vg0/root; sleep 1; while lvm lvs --noheadings -o copy_percent vg0/root | grep -qv 100.00; do sleep 1; done`,
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-type'] },
  },
  {
    id: 'raid-kept', title: 'A kept volume was made a mirror', machine: workerAndEmpty, damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvconvert -y --type raid1 -m 1 vg0/srv; sleep 1; while lvm lvs --noheadings -o copy_percent vg0/srv | grep -qv 100.00; do sleep 1; done`,
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-type'] },
  },
  {
    id: 'thin-pool', title: 'A thin pool with thin volumes in our group', machine: worker, 
    damage: `active vg0; lvm lvcreate -y -L 128m -T vg0/pool; lvm lvcreate -y -V 256m -T vg0/pool -n thin-a; lvm lvcreate -y -V 256m -T vg0/pool -n thin-b
mkfs.ext4 -q -F /dev/vg0/thin-a; seed /dev/vg0/thin-a thin-a; mkfs.ext4 -q -F /dev/vg0/thin-b; seed /dev/vg0/thin-b thin-b; lvm lvcreate -y -s -n thin-c vg0/thin-b`,
    order: reprovision, expect: { outcome: 'done', note: 'pool and volumes are kept' },
  },
  {
    id: 'cached-volume', title: 'A cached volume in our group that the layout does not know', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvcreate -y -Zn -Wn -L 128m -n slow vg0 "$P4"; mkfs.ext4 -q -F /dev/vg0/slow; seed /dev/vg0/slow slow
lvm lvcreate -y --type cache-pool -L 64m -n fast vg0 /dev/sdb; lvm lvconvert -y --type cache --cachepool vg0/fast --cachemode writeback vg0/slow`,
    order: shownAfterwards(), expect: { outcome: 'done', note: 'it is kept' },
  },
  {
    id: 'cached-kept', title: 'A cache was put before a kept volume', machine: workerAndEmpty,
    damage: `lvm pvcreate -y /dev/sdb; lvm vgextend vg0 /dev/sdb; active vg0; lvm lvcreate -y --type cache-pool -L 64m -n fast vg0 /dev/sdb; lvm lvconvert -y --type cache --cachepool vg0/fast vg0/longhorn`,
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-type'] },
  },
  {
    id: 'snapshot-kept', title: 'A snapshot of a kept volume', machine: worker, damage: `active vg0; lvm lvcreate -y -s -L 16m -n srv-before vg0/srv`,
    order: reprovision, expect: { outcome: 'done', note: 'both are kept' },
  },
  {
    id: 'snapshot-root', title: 'A snapshot of /', machine: worker, damage: `active vg0; lvm lvcreate -y -s -L 16m -n root-before vg0/root`, 
    order: reprovision, expect: { outcome: 'refused', codes: ['snapshot-in-the-way'] },
  },
  {
    id: 'snapshot-var', title: 'A snapshot of /var', machine: worker, damage: `active vg0; lvm lvcreate -y -s -L 16m -n var-before vg0/var`,
    order: shownAfterwards(), expect: { outcome: 'refused', codes: ['snapshot-in-the-way'] },
  },
]
