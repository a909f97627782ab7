// The partition table and what stands in it.
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { worker, workerUefi } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision, shownAfterwards } from './orders.ts'

const quiet = 'lvm vgchange -an vg0 >/dev/null 2>&1 || :'

/** Zeroes so many sectors, counted from the disk's end where the number is negative. */
const zero = (sector: number, count: number) => (folder: string): void => {
  const path = join(folder, 'a.img')
  const at = sector < 0 ? statSync(path).size + sector * 512 : sector * 512
  const file = openSync(path, 'r+')
  try { writeSync(file, Buffer.alloc(count * 512), 0, count * 512, at) } finally { closeSync(file) }
}

export const partitionScenarios: ScenarioList = [
  { id: 'gpt-both-damaged', title: 'The partition table and its copy are gone', machine: worker, damageImages: folder => { zero(0, 34)(folder); zero(-33, 33)(folder) }, order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'table-changed'] } },
  { id: 'mbr-damaged', title: 'The protective MBR is gone', machine: worker, damageImages: zero(0, 1), order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'table-changed'] } },
  { id: 'table-gone-file-system', title: 'A file system right on the disk', machine: worker, damage: `${quiet}; sgdisk --zap-all /dev/sda; mkfs.ext4 -q -F /dev/sda; seed /dev/sda new`, order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'table-changed'] } },
  { id: 'partition-lvm-deleted', title: 'The partition of the group was deleted', machine: worker, damage: `${quiet}; sgdisk --delete=4 /dev/sda`, order: reprovision, expect: { outcome: 'refused', codes: ['group-missing', 'partition-missing'] } },
  { id: 'partition-esp-deleted', title: 'The ESP was deleted', machine: worker, damage: 'sgdisk --delete=2 /dev/sda', order: reprovision, expect: { outcome: 'refused', codes: ['partition-missing'] } },
  { id: 'partition-renumbered', title: 'The partitions were put into another order', machine: worker, damage: `${quiet}; sgdisk --transpose=2:3 /dev/sda`, order: reprovision, expect: { outcome: 'refused', codes: ['partition-changed'] } },
  { id: 'partition-uuids-swapped', title: 'Two partitions swapped their PARTUUIDs', machine: worker, damage: `a=$(sgdisk -i 2 /dev/sda | sed -n 's/^Partition unique GUID: //p'); b=$(sgdisk -i 3 /dev/sda | sed -n 's/^Partition unique GUID: //p'); sgdisk --partition-guid=2:$b --partition-guid=3:$a /dev/sda`, order: reprovision, expect: { outcome: 'refused', codes: ['partition-changed'] } },
  { id: 'partition-type-changed', title: 'The BIOS boot partition has another type', machine: worker, damage: 'sgdisk --typecode=1:8300 /dev/sda', order: reprovision, expect: { outcome: 'refused', codes: ['partition-changed'] } },
  { id: 'partition-names-changed', title: 'Names and attributes of the partitions were changed', machine: worker, damage: `sgdisk --change-name='4:data “of” $(reboot)' --attributes=4:set:60 --change-name="3:it's" /dev/sda`, order: reprovision, expect: { outcome: 'done', note: 'they stay as they are' } },
  { id: 'uefi-removable-foreign', title: 'UEFI, and the removable path of the ESP is another system’s', machine: workerUefi, damage: 'mount "$P2" /mnt; mkdir -p /mnt/EFI/BOOT; echo foreign >/mnt/EFI/BOOT/BOOTX64.EFI; umount /mnt', order: reprovision,
    check: `mount -o ro "$P2" /mnt; expect 'the removable path is the other system’s' grep -qx foreign /mnt/EFI/BOOT/BOOTX64.EFI; umount /mnt`, expect: { outcome: 'done', note: 'it stays' } },
  { id: 'uefi-to-bios', title: 'The firmware was set from UEFI to BIOS', machine: workerUefi, firmwareThen: 'bios', order: reprovision, expect: { outcome: 'not-booted', because: /discovered with uefi firmware and now starts with bios/ } },
  { id: 'boot-and-lvm-lost', title: 'Several things at once: the table’s entry of /boot gone, a kept volume lost, another renamed', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv; lvm lvrename vg0 home house; lvm vgchange -an vg0; sgdisk --delete=3 /dev/sda', order: shownAfterwards(), expect: { outcome: 'refused', codes: ['lost-volume', 'partition-missing'] } },
]
