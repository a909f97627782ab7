// Disks that are gone, others, or there twice.
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync } from 'node:fs'
import { join } from 'node:path'
import type { LabDisk } from '../disk.ts'
import { twoDisks, worker, workerAndForeign, workerAndLarge } from '../machines.ts'
import type { LabMachine, ScenarioList } from '../scenario.ts'
import { reprovision, shownAfterwards } from './orders.ts'

const clone = (folder: string): void => void execFileSync('dd', [`if=${join(folder, 'a.img')}`, `of=${join(folder, 'b.img')}`, 'bs=1M', 'conv=notrunc,sparse', 'status=none'])
const blank = (file: string, sizeMib: number) => (folder: string): void => {
  const made = openSync(join(folder, file), 'w', 0o600)
  try { ftruncateSync(made, sizeMib * 2 ** 20) } finally { closeSync(made) }
}
const wwns: LabMachine = { ...worker, id: 'worker-wwn', disks: [{ ...worker.disks[0]!, serial: 'S5XANX0R1', wwn: '0x5002538e40a1b2c3', vendor: 'NVMe', model: 'Disk "quoted"' }, { file: 'b.img', serial: 'S5XANX0R2', wwn: '0x5002538e40a1b2c4', vendor: 'NVMe', model: 'Disk "quoted"', sizeMib: 2624 }] }

export const oddDiskScenarios: ScenarioList = [
  { id: 'system-disk-missing', title: 'The disk of the system is not there', machine: twoDisks, disksThen: disks => disks.slice(1), order: reprovision, expect: { outcome: 'refused', codes: ['facts-disagree'] } },
  { id: 'foreign-disk-missing-accepted', title: 'A disk that is none of ours is not there, and that is accepted', machine: workerAndForeign, disksThen: disks => disks.slice(0, 1), order: shownAfterwards('missing-disk=F0E1D2C3'), expect: { outcome: 'refused', codes: ['disk-missing', 'facts-differ'], } },
  { id: 'disk-emptied', title: 'An empty disk in place of ours, with the same serial', machine: worker, disksThen: disks => disks.map(disk => ({ ...disk, file: 'empty.img' })), damageImages: blank('empty.img', 2560), order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'table-changed'] } },
  { id: 'two-disks-swapped', title: 'System and data disk come up in the other order', machine: twoDisks, disksThen: disks => disks.toReversed(), order: reprovision, expect: { outcome: 'done' } },
  { id: 'foreign-disk-twice', title: 'A disk that is none of ours is seen by two paths', machine: workerAndForeign, disksThen: (disks): LabDisk[] => disks.map((disk, index) => (index === 1 ? { ...disk, paths: 2 } : disk)), order: reprovision, expect: { outcome: 'refused', codes: ['facts-disagree'] } },
  { id: 'disk-copied-over', title: 'A second disk was made a copy of ours', machine: workerAndLarge, damageImages: clone, order: reprovision, expect: { outcome: 'refused', codes: ['disk-seen-twice', 'lvm-unclear', 'pv-duplicate'] } },
  { id: 'disk-cloned-partition', title: 'A second disk was made a copy of our partition', machine: workerAndLarge, damage: 'lvm vgchange -an vg0; sgdisk --clear --new=1:2048:0 /dev/sdb; udevadm settle; dd if="$P4" of=/dev/sdb1 bs=1M', order: reprovision, expect: { outcome: 'refused', codes: ['lvm-unclear', 'pv-duplicate'] } },
  { id: 'disk-cloned-instead', title: 'The copy is there in place of ours', machine: workerAndLarge, damageImages: clone, disksThen: disks => disks.slice(1), order: reprovision, expect: { outcome: 'refused', codes: ['facts-disagree'] } },
  { id: 'disk-moved-by-dd', title: 'Everything was copied to the second disk, and ours wiped', machine: workerAndLarge, damage: 'lvm vgchange -an vg0; dd if=/dev/sda of=/dev/sdb bs=4M; dd if=/dev/zero of=/dev/sda bs=1M count=8; dd if=/dev/zero of=/dev/sda bs=1M seek=2552 count=8', order: reprovision, expect: { outcome: 'refused', codes: ['disk-changed'] } },
  { id: 'wwns', title: 'Two disks of one maker with WWNs that differ in one digit', machine: wwns, order: reprovision, expect: { outcome: 'done', note: 'told apart by their WWNs' } },
  { id: 'wwns-swapped', title: 'Likewise, in the other order', machine: wwns, disksThen: disks => disks.toReversed(), order: reprovision, expect: { outcome: 'done' } },
  { id: 'disk-other-wwn', title: 'The disk has another WWN', machine: wwns, disksThen: (disks): LabDisk[] => disks.map((disk, index) => (index === 0 ? { ...disk, wwn: '0x5002538e40a1b2ff' } : disk)), order: reprovision, expect: { outcome: 'refused', codes: ['disk-changed'] } },
]
