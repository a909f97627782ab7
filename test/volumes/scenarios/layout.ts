// The layout is another one than the machine was installed with: what it dropped stays, what is new is made in free space.
import { reprovision, withRole } from './orders.ts'
import { twoDisks, worker, workerAndEmpty, workerFull, workerOne } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'

const inVar = (script: string): string => `active vg0; mount /dev/vg0/var /mnt; ${script}; umount /mnt`
const inRoot = (script: string): string => `active vg0; mount /dev/vg0/root /mnt; ${script}; umount /mnt`

export const layoutScenarios: ScenarioList = [
  {
    id: 'layout-dropped', title: 'The layout does not know a kept volume any more', machine: worker, order: withRole('worker-shrunk'), 
    expect: { outcome: 'done', note: 'the volume stays, untouched and unmounted' },
  },
  {
    id: 'layout-grown', title: 'The layout grew two volumes, one of them kept, and there is room', machine: worker, order: withRole('worker-grown'), 
    check: `expect 'the new volumes are there' lvm lvs vg0/minio vg0/scratch
expect 'the new volumes carry our tag' sh -c 'lvm lvs --noheadings -o lv_tags vg0/minio | grep -q labctl.ready'`,
    expect: { outcome: 'done', note: 'they are made in free space' },
  },
  {
    id: 'layout-grown-folder-empty', title: 'The layout grew a kept volume, and its folder in the old system is there and empty', machine: worker, order: withRole('worker-grown'),
    damage: inVar('mkdir -p /mnt/lib/minio'), expect: { outcome: 'done' },
  },
  {
    id: 'layout-grown-folder-full', title: 'The layout grew a kept volume, and its folder in the old system holds files', machine: worker, order: withRole('worker-grown'), 
    damage: inVar('mkdir -p /mnt/lib/minio; echo data >/mnt/lib/minio/.hidden'), expect: { outcome: 'stopped', because: /\/var\/lib\/minio holds something \(\.hidden/, untouched: true },
  },
  {
    id: 'layout-grown-folder-lost', title: 'Likewise, and the folder’s loss is accepted', machine: worker, order: { ...withRole('worker-grown'), accept: ['lost-folder=/var/lib/minio'] },
    damage: inVar('mkdir -p /mnt/lib/minio; echo data >/mnt/lib/minio/object'), expect: { outcome: 'done' },
  },
  {
    id: 'layout-grown-link', title: 'The layout grew a kept volume, and its path is a link in the old system', machine: worker, order: withRole('worker-grown'),
    damage: inVar('mkdir -p /mnt/lib; ln -s /home/minio /mnt/lib/minio'), expect: { outcome: 'stopped', because: /behind a symbolic link/, untouched: true },
  },
  {
    id: 'layout-grown-too-large', title: 'The layout grew a volume that there is no room for', machine: worker, order: withRole('worker-huge'),
    expect: { outcome: 'refused', codes: ['not-enough-space'] },
  },
  {
    id: 'layout-grown-group-full', title: 'The layout grew two volumes, and the group is full', machine: workerFull, order: withRole('worker-grown'),
    expect: { outcome: 'refused', codes: ['not-enough-space'] },
  },
  {
    id: 'layout-room-used-up', title: 'The layout grew two volumes, and somebody used the room meanwhile', machine: worker, order: withRole('worker-grown'),
    damage: 'active vg0; lvm lvcreate -y -Zn -Wn -l 90%FREE -n hog vg0', expect: { outcome: 'refused', codes: ['not-enough-space'] },
  },
  {
    id: 'layout-kept-too-small', title: 'A kept volume is smaller than the layout wants', machine: worker, order: withRole('worker-larger-srv'), 
    expect: { outcome: 'refused', codes: ['volume-too-small'] },
  },
  {
    id: 'layout-kept-too-small-accepted', title: 'Likewise, and that is accepted', machine: worker, order: { ...withRole('worker-larger-srv'), accept: ['small-volume=srv'] },
    check: `expect 'it has the size that it had' sh -c 'lvm lvs --noheadings --units m --nosuffix -o lv_size vg0/srv | grep -q " 96.00$"'`,
    expect: { outcome: 'done', note: 'it stays as it is' },
  },
  {
    id: 'layout-kept-larger', title: 'A kept volume is larger than the layout wants', machine: worker, order: withRole('worker-smaller-srv'),
    check: `expect 'it has the size that it had' sh -c 'lvm lvs --noheadings --units m --nosuffix -o lv_size vg0/srv | grep -q " 96.00$"'`,
    expect: { outcome: 'done', note: 'it is never shrunk' },
  },
  {
    id: 'layout-other-filesystem', title: 'The layout wants another file system on a kept volume', machine: worker, order: withRole('worker-xfs-longhorn'),
    check: `expect 'it is ext4 as before' sh -c 'blkid -p -s TYPE -o value /dev/vg0/longhorn | grep -qx ext4'`,
    expect: { outcome: 'done', note: 'the one that is there stays' },
  },
  {
    id: 'layout-xfs-too-small', title: 'The layout wants xfs on volumes that are too small for it', machine: worker, order: withRole('worker-xfs'),
    expect: { outcome: 'refused', codes: ['volume-too-small'] },
  },
  {
    id: 'layout-root-xfs', title: 'The layout wants xfs on /, which is formatted in place', machine: workerOne, order: withRole('worker-one-xfs-root'),
    check: `expect 'the root is xfs now' sh -c 'blkid -p -s TYPE -o value /dev/vg0/root | grep -qx xfs'`, expect: { outcome: 'done' },
  },
  {
    id: 'layout-no-keep', title: 'The layout keeps nothing: no volume holds meanwhile what is carried over', machine: worker, order: withRole('worker-no-keep'),
    expect: { outcome: 'done', note: 'what the layout dropped stays; what is carried over is held in memory' },
  },
  {
    id: 'layout-keep-withdrawn', title: 'A volume was kept so far, and the layout does not say so any more', machine: worker, order: withRole('worker-home-not-kept'),
    expect: { outcome: 'done', note: 'it is kept: what was promised once is not taken back by a line in a layout' },
  },
  {
    id: 'layout-keep-added', title: 'A volume was not kept so far, and the layout says so now', machine: worker, order: withRole('worker-var-kept'),
    damage: 'active vg0; seed /dev/vg0/var var', check: `expect '/var carries our tag' sh -c 'lvm lvs --noheadings -o lv_tags vg0/var | grep -q "_var"'`, expect: { outcome: 'done', note: 'it is kept' },
  },
  {
    id: 'layout-other-role', title: 'A worker becomes an infra node: one kept volume less, another more', machine: worker, order: withRole('infra'), expect: { outcome: 'done', note: 'the former stays' },
  },
  {
    id: 'layout-data-disk-new', title: 'The layout wants a data disk that was not there at the install', machine: worker, order: withRole('worker-data'),
    expect: { outcome: 'refused', codes: ['data-disk-new'] },
  },
  {
    id: 'layout-data-disk-added', title: 'The layout wants a data disk, and there is an empty one that fits', machine: { ...workerAndEmpty, id: 'worker-and-wide', disks: [workerAndEmpty.disks[0]!, { file: 'b.img', serial: '31DE31DE', sizeMib: 3200 }] }, order: withRole('worker-data'),
    check: `expect 'the new group is there' lvm lvs data/minio
expect 'it carries our tag' sh -c 'lvm lvs --noheadings -o lv_tags data/minio | grep -q labctl.ready'`,
    expect: { outcome: 'done', note: 'it gets a group of its own' },
  },
  {
    id: 'layout-data-disk-dropped', title: 'The layout wants on one disk what lies on two', machine: twoDisks, order: withRole('worker'),
    check: `expect 'it lies where it lay' lvm lvs data/longhorn`, expect: { outcome: 'done', note: 'the kept volume stays in its group' },
  },
  {
    id: 'home-in-root-empty', title: 'The layout grew /home, which is an empty folder in / so far', machine: workerOne, order: withRole('worker-one-home'),
    expect: { outcome: 'done' },
  },
  {
    id: 'home-in-root-full', title: 'The layout grew /home, which holds files in / so far', machine: workerOne, order: withRole('worker-one-home'),
    damage: inRoot('mkdir -p /mnt/home/alice; echo thesis >/mnt/home/alice/thesis.tex'), expect: { outcome: 'stopped', because: /\/home holds something \(alice/, untouched: true },
  },
  {
    id: 'home-in-root-lost', title: 'Likewise, and that is accepted', machine: workerOne, order: { ...withRole('worker-one-home'), accept: ['lost-folder=/home'] },
    damage: inRoot('mkdir -p /mnt/home/alice; echo thesis >/mnt/home/alice/thesis.tex'), expect: { outcome: 'done' },
  },
  {
    id: 'home-in-root-unreadable', title: 'The layout grew /home, and the old / cannot be looked into', machine: workerOne, order: withRole('worker-one-home'),
    damage: 'active vg0; dd if=/dev/zero of=/dev/vg0/root bs=4096 seek=1 count=8000 conv=notrunc', expect: { outcome: 'stopped', because: /it cannot be told whether \/home is empty|nothing can be carried over/, untouched: true },
  },
  {
    id: 'two-disks', title: 'Data on a disk of its own', machine: twoDisks, order: reprovision, expect: { outcome: 'done', note: 'the data disk stays as it is' }, 
  },
  {
    id: 'full-group', title: 'The group is full to the last extent', machine: workerFull, order: reprovision, expect: { outcome: 'done' },
  },
]
