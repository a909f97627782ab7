// Names and labels that were chosen to confuse, and very many volumes.
import { worker, workerAndEmpty } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision } from './orders.ts'

const lv = (name: string): string => `lvm lvcreate -y -Wn -Zn -L 8m -n '${name}' vg0; head -c 8388608 /dev/urandom >'/dev/vg0/${name}'`

export const nameScenarios: ScenarioList = [
  { id: 'names-dashes', title: 'Volume names with dashes, doubled dashes and dots, like ours once they are joined', machine: worker, 
    damage: `active vg0; ${['a--b', 'root-', 'root--', 'srv-x', 'var.old', 'home_', '+home', '..root', 'labctl.ready', 'a-b-c--d---e', '0'].map(lv).join('; ')}`, order: reprovision, expect: { outcome: 'done', note: 'all are kept' } },
  { id: 'names-long', title: 'A volume name of the greatest length', machine: worker, damage: `active vg0; ${lv('x'.repeat(120))}`, order: reprovision, expect: { outcome: 'done' } },
  { id: 'labels-odd', title: 'File systems with labels of quotes, newlines and letters of other scripts', machine: worker, 
    damage: `active vg0; e2label /dev/vg0/srv "it's \\"q\\""; e2label /dev/vg0/longhorn "$(printf 'a\\nb|c=d')"; e2label /dev/vg0/home '$(reboot)äé'
lvm lvcreate -y -Wn -L 16m -n odd vg0; mkfs.ext4 -q -F -L "$(printf '日本 \\033[31m')" /dev/vg0/odd; seed /dev/vg0/odd odd`, order: reprovision, expect: { outcome: 'done', note: 'they are told from the recorded ones by nothing else' } },
  { id: 'label-forges-report', title: 'A label that looks like lines of the report', machine: worker, damage: `active vg0; e2label /dev/vg0/srv "$(printf 'x\\nRC=0\\nLV=y')"`, order: reprovision, expect: { outcome: 'done' } },
  { id: 'label-of-partition', title: 'Labels of ours on a foreign disk', machine: workerAndEmpty, damage: `sgdisk --clear --new=1:0:+32M --change-name=1:labctl-boot --new=2:0:+32M --change-name=2:labctl-lvm /dev/sdb; udevadm settle; mkfs.vfat -n LABCTL-ESP /dev/sdb1; mkfs.ext4 -q -F -L boot /dev/sdb2; seed /dev/sdb2 foreign`, order: reprovision, expect: { outcome: 'done', note: 'not a byte of it changes' } },
  { id: 'uuid-of-root-elsewhere', title: 'A foreign disk carries the UUID of our root’s file system', machine: workerAndEmpty, damage: `active vg0; uuid=$(blkid -p -s UUID -o value /dev/vg0/root); mkfs.ext4 -q -F -U "$uuid" /dev/sdb; seed /dev/sdb foreign`, order: reprovision, expect: { outcome: 'done', note: 'not a byte of it changes' } },
  { id: 'uuid-of-kept-elsewhere', title: 'A foreign xfs carries the UUID of a kept volume’s file system', machine: workerAndEmpty, damage: `active vg0; uuid=$(blkid -p -s UUID -o value /dev/vg0/srv); mkfs.xfs -q -f -m uuid="$uuid" /dev/sdb; seed /dev/sdb foreign`, order: reprovision, expect: { outcome: 'done' } },
  { id: 'partuuid-elsewhere', title: 'A foreign disk has a partition with the PARTUUID of our group’s', machine: workerAndEmpty, damage: `guid=$(sgdisk -i 4 /dev/sda | sed -n 's/^Partition unique GUID: //p'); sgdisk --clear --new=4:0:+64M --partition-guid=4:"$guid" /dev/sdb; udevadm settle; mkfs.ext4 -q -F /dev/sdb4; seed /dev/sdb4 foreign`, order: reprovision, expect: { outcome: 'done', note: 'not a byte of it changes' } },
  { id: 'table-guid-elsewhere', title: 'A foreign disk has the GUID of our disk', machine: workerAndEmpty, damage: `guid=$(sgdisk -p /dev/sda | sed -n 's/^Disk identifier (GUID): //p'); sgdisk --clear --disk-guid="$guid" --new=1:0:+64M /dev/sdb; udevadm settle; mkfs.ext4 -q -F /dev/sdb1; seed /dev/sdb1 foreign`, order: reprovision, expect: { outcome: 'refused', codes: ['disk-seen-twice'] } },
]
