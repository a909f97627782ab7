// Names and labels that were chosen to confuse, and very many volumes.
import { worker, workerAndEmpty } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision } from './orders.ts'

const lv = (name: string): string => `lvm lvcreate -y -Wn -Zn -L 8m -n '${name}' vg0; head -c 8388608 /dev/urandom >'/dev/vg0/${name}'`

export const nameScenarios: ScenarioList = [
  { id: 'names-dashes', title: 'Volume names with dashes, doubled dashes and dots, of the greatest length, like ours once they are joined', machine: worker,
    damage: `active vg0; ${['a--b', 'root-', 'root--', 'srv-x', 'var.old', 'home_', '+home', '..root', 'labctl.ready', 'a-b-c--d---e', '0', 'x'.repeat(120)].map(lv).join('; ')}`, order: reprovision, expect: { outcome: 'done', note: 'all are kept' } },
  { id: 'labels-odd', title: 'File systems with labels of quotes, newlines and letters of other scripts, and one that looks like lines of the report', machine: worker,
    damage: `active vg0; e2label /dev/vg0/srv "it's \\"q\\""; e2label /dev/vg0/longhorn "$(printf '$(reboot)\\nb|c')"; e2label /dev/vg0/home "$(printf 'x\\nRC=0\\nLV=y')"
lvm lvcreate -y -Wn -L 16m -n odd vg0; mkfs.ext4 -q -F -L "$(printf '日本 \\033[31m')" /dev/vg0/odd; seed /dev/vg0/odd odd`, order: reprovision, expect: { outcome: 'done', note: 'they are told from the recorded ones by nothing else' } },
  { id: 'table-guid-elsewhere', title: 'A foreign disk has the GUID of our disk', machine: workerAndEmpty, damage: `guid=$(sgdisk -p /dev/sda | sed -n 's/^Disk identifier (GUID): //p'); sgdisk --clear --disk-guid="$guid" --new=1:0:+64M /dev/sdb; udevadm settle; mkfs.ext4 -q -F /dev/sdb1; seed /dev/sdb1 foreign`, order: reprovision, expect: { outcome: 'refused', codes: ['disk-seen-twice'] } },
]
