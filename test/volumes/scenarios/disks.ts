// What happened to the partition table, and to whole disks.
import { twoDisks, worker, worker4k, workerAndForeign } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { copyFileSync, ftruncateSync, openSync, closeSync, statSync } from 'node:fs'
import { join } from 'node:path'

const reprovision = { kind: 'reprovision' } as const
const refused = (...codes: string[]) => ({ outcome: 'refused', codes } as const)
const done = (note: string) => ({ outcome: 'done', note } as const)
const zero = (file: string, sector: string, count: number) => `dd if=/dev/zero of=${file} bs=512 seek=${sector} count=${count} conv=notrunc`
const lastSectors = '$(($(blockdev --getsz /dev/sda) - 34))'

function grow(folder: string): void {
  const path = join(folder, 'a.img')
  const size = statSync(path).size
  const file = openSync(path, 'r+')
  ftruncateSync(file, size + 2 ** 28)
  closeSync(file)
}

export const diskScenarios: ScenarioList = [
  { id: 'gpt-primary-lost', title: 'The primary partition table is damaged', machine: worker, damage: zero('/dev/sda', '1', 33), order: reprovision, expect: refused('group-missing', 'table-changed'), telling: true },
  { id: 'gpt-backup-lost', title: 'The backup of the partition table is damaged', machine: worker, damage: zero('/dev/sda', lastSectors, 34), order: reprovision, expect: done('the table in use is good, and is not written') },
  { id: 'gpt-other-guid', title: 'The partition table has another GUID', machine: worker, damage: 'sgdisk -U R /dev/sda', order: reprovision, expect: refused('table-changed') },
  { id: 'dos-table', title: 'The partition table was replaced by a DOS table', machine: worker, damage: "sgdisk --zap-all /dev/sda; echo 'label: dos\\n,100M' | sfdisk --force /dev/sda", order: reprovision, expect: refused('group-missing', 'table-changed') },
  { id: 'partition-removed', title: 'The partition of /boot was removed', machine: worker, damage: 'sgdisk -d 3 /dev/sda', order: reprovision, expect: refused('partition-missing') },
  { id: 'partition-other-id', title: 'The partition of /boot has another PARTUUID', machine: worker, damage: 'sgdisk -u 3:R /dev/sda', order: reprovision, expect: refused('partition-missing') },
  { id: 'partition-moved', title: 'The partition of /boot was made smaller', machine: worker, damage: 'id=$(sgdisk -i 3 /dev/sda | sed -n "s/.*unique GUID: //p"); start=$(sgdisk -i 3 /dev/sda | sed -n "s/First sector: \\([0-9]*\\).*/\\1/p"); sgdisk -d 3 -n "3:$start:+200M" -u "3:$id" /dev/sda', order: reprovision, expect: refused('partition-changed') },
  { id: 'whole-disk-signature', title: 'The disk as a whole shows a file system', machine: worker, damage: 'head -c 4096 /dev/zero >/run/x; printf "\\130\\106\\123\\102" | dd of=/dev/sda bs=1 conv=notrunc; head -c 440 /dev/zero >/dev/null', order: reprovision, expect: done('the recorded table is what counts') },
  { id: 'firmware-changed', title: 'The machine starts with UEFI now, and started with BIOS', machine: worker, firmwareThen: 'uefi', order: reprovision, expect: { outcome: 'not-booted', because: /discovered with bios firmware and now starts with uefi/ } },
  { id: 'data-disk-missing', title: 'The data disk is missing', machine: twoDisks, disksThen: disks => disks.slice(0, 1), order: reprovision, expect: refused('facts-disagree'), telling: true },
  { id: 'other-disk-missing', title: 'A disk that is not ours is missing', machine: workerAndForeign, disksThen: disks => disks.slice(0, 1), order: reprovision, expect: refused('facts-disagree') },
  { id: 'disk-replaced', title: 'The disk was replaced by an empty one', machine: worker, disksThen: () => [{ file: 'new.img', serial: '0E0E0E0E', sizeMib: 2560 }], order: reprovision, expect: refused('facts-disagree') },
  { id: 'disk-moved', title: 'The contents are on a disk with another serial', machine: worker, disksThen: disks => disks.map(disk => ({ ...disk, serial: 'ABCDEF01' })), order: reprovision, expect: refused('facts-disagree') },
  { id: 'disk-cloned', title: 'A copy of the disk is in the machine too', machine: worker, damageImages: folder => { copyFileSync(join(folder, 'a.img'), join(folder, 'clone.img')) }, disksThen: disks => [...disks, { file: 'clone.img', serial: 'C10C10C1', sizeMib: 2560 }], order: reprovision, expect: refused('facts-disagree'), telling: true },
  { id: 'disk-two-paths', title: 'The disk is seen over two paths', machine: worker, disksThen: disks => disks.map(disk => ({ ...disk, paths: 2 })), order: reprovision, expect: refused('facts-disagree') },
  { id: 'disk-grown', title: 'The disk has more bytes than it had', machine: worker, damageImages: grow, order: reprovision, expect: refused('disk-changed') },
  { id: 'disk-other-sectors', title: 'The disk has other sectors than it had', machine: worker4k, disksThen: disks => disks.map(disk => ({ ...disk, sectorBytes: 512 })), order: reprovision, expect: refused('disk-changed', 'group-missing') },
  { id: 'disk-read-only', title: 'The disk is read-only', machine: worker, meanwhile: 'blockdev --setro /dev/sda', order: reprovision, expect: refused('disk-read-only') },
]
