// Machines that somebody else installed: adopted, or not.
import { adopted, handMade, lived } from '../machines.ts'
import type { LabMachine, ScenarioList } from '../scenario.ts'
import { reprovision, shownAfterwards, withRole } from './orders.ts'

const seeds = adopted.added!
const named = (...pairs: (readonly [string, string])[]): NonNullable<LabMachine['adopt']> => pairs.map(([name, mount]) => ({ group: 'vg0', name, mount }))
const mounts = [['root', '/'], ['var', '/var'], ['home', '/home'], ['srv', '/srv'], ['longhorn', '/var/lib/longhorn']] as const

const uefi: LabMachine = { ...adopted, id: 'adopted-uefi', firmware: 'uefi', added: `${seeds}
mount "$P2" /mnt; mkdir -p /mnt/EFI/debian /mnt/EFI/BOOT; echo theirs >/mnt/EFI/debian/grubx64.efi; echo theirs >/mnt/EFI/BOOT/BOOTX64.EFI; umount /mnt` }
const noEsp: LabMachine = {
  ...adopted, id: 'adopted-without-esp',
  build: handMade().replace('-n 2:0:+64M -t 2:ef00 ', '').replace('mkfs.vfat -F 32 "$P2"; ', ''),
}
const xfs: LabMachine = {
  ...adopted, id: 'adopted-xfs', build: handMade('root:320 var:320 home:304 srv:304 longhorn:320').replace('mkfs.ext4 -q -F "/dev/vg0/', 'mkfs.xfs -q -f "/dev/vg0/'),
}
const otherNames: LabMachine = {
  ...adopted, id: 'adopted-other-names', build: handMade('ubuntu-lv:320 lv--var:160 lv_home:96 lv.srv:96 data-1:320').replaceAll('vg0', 'ubuntu-vg').replaceAll('/root /mnt', '/ubuntu-lv /mnt'),
  adopt: [['ubuntu-lv', '/'], ['lv--var', '/var'], ['lv_home', '/home'], ['lv.srv', '/srv'], ['data-1', '/var/lib/longhorn']].map(([name, mount]) => ({ group: 'ubuntu-vg', name: name!, mount: mount! })),
  added: lived(['ubuntu-vg/lv_home', 'ubuntu-vg/lv.srv', 'ubuntu-vg/data-1'], ['ubuntu-vg']).replace('/dev/vg0/root', '/dev/ubuntu-vg/ubuntu-lv'),
}
const someOnly: LabMachine = { ...adopted, id: 'adopted-in-part', adopt: named(mounts[0], mounts[1], mounts[2]), role: 'worker' }

export const adoptScenarios: ScenarioList = [
  { id: 'adopted-uefi', title: 'Likewise adopted, on UEFI, with its installer’s boot loader', machine: uefi, order: reprovision,
    check: `mount -o ro "$P2" /mnt; expect 'their folder is whole' grep -qx theirs /mnt/EFI/debian/grubx64.efi; umount /mnt`, expect: { outcome: 'done', note: 'the other system’s folder stays' } },
  { id: 'adopted-without-esp', title: 'Likewise adopted, without an ESP, on BIOS', machine: noEsp, order: reprovision, expect: { outcome: 'done' } },
  { id: 'adopted-without-esp-uefi', title: 'Likewise, and the firmware was set to UEFI', machine: noEsp, firmwareThen: 'uefi', order: reprovision, expect: { outcome: 'not-booted', because: /discovered with bios firmware and now starts with uefi/ } },
  { id: 'adopted-xfs', title: 'An adopted machine with xfs everywhere', machine: xfs, order: withRole('worker-xfs'), expect: { outcome: 'refused', codes: ['volume-too-small'] } },
  { id: 'adopted-xfs-as-it-is', title: 'Likewise, with a layout that fits', machine: xfs, order: reprovision, expect: { outcome: 'done', note: 'kept volumes stay xfs, the others become what the layout says' } },
  { id: 'adopted-other-names', title: 'An adopted machine with another installer’s names', machine: otherNames, order: reprovision, expect: { outcome: 'done', note: 'the names stay' } },
  { id: 'adopted-in-part', title: 'An adopted machine of which some volumes were not taken as ours', machine: someOnly, order: reprovision, expect: { outcome: 'refused', codes: ['kept-path-in-reformatted', 'volume-name-taken'] } },
  { id: 'adopted-volume-lost', title: 'An adopted machine that lost a kept volume', machine: adopted, damage: 'active vg0; lvm lvremove -y vg0/srv', order: reprovision, expect: { outcome: 'refused', codes: ['lost-volume'] } },
  { id: 'adopted-volume-lost-accepted', title: 'Likewise, and that is accepted', machine: adopted, damage: 'active vg0; lvm lvremove -y vg0/srv', order: shownAfterwards('lost-volume=srv'), expect: { outcome: 'done', note: 'it is made anew, if nothing lies in its folder on /' } },
  { id: 'adopted-volume-replaced', title: 'An adopted machine on which a kept volume was made anew', machine: adopted, damage: 'active vg0; lvm lvremove -y vg0/srv; lvm lvcreate -y -Wn -L 96m -n srv vg0; mkfs.ext4 -q -F /dev/vg0/srv; seed /dev/vg0/srv new', order: reprovision, expect: { outcome: 'refused', codes: ['volume-replaced'] } },
  { id: 'adopted-reformatted', title: 'An adopted machine whose root was formatted anew by somebody', machine: adopted, damage: 'active vg0; mkfs.ext4 -q -F /dev/vg0/root', order: reprovision, expect: { outcome: 'refused', codes: ['filesystem-changed'] } },
  { id: 'adopted-renamed', title: 'An adopted machine whose kept volume and root swapped their names', machine: adopted, damage: 'lvm lvrename vg0 srv other; lvm lvrename vg0 root srv; lvm lvrename vg0 other root', order: shownAfterwards(), expect: { outcome: 'done', note: 'known by their UUIDs' } },
  { id: 'adopted-tagged-elsewhere', title: 'An adopted machine’s volume carries the tag of another machine', machine: adopted, damage: 'lvm lvchange --addtag labctl.mzzzzzzzzzzz._srv vg0/srv', order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
]
