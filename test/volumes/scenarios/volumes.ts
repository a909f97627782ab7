// The recorded volumes one by one: removed, renamed, replaced, resized; tags taken off and forged.
import { worker } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision, shownAfterwards, withRole } from './orders.ts'

const tagOf = (volume: string): string => `$(lvm lvs --noheadings -o lv_tags vg0/${volume} | tr -d ' ' | tr , '\\n' | grep -v ready)`

export const volumeScenarios: ScenarioList = [
  {
    id: 'volume-lost-accepted', title: 'A kept volume was removed, and its loss is accepted', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv', order: shownAfterwards('lost-volume=srv'), 
    check: `expect 'it was made anew, empty' sh -c 'mount -o ro /dev/vg0/srv /mnt && ls /mnt && ! [ -e /mnt/sentinel ]'; umount /mnt`, expect: { outcome: 'done', note: 'it is made anew' },
  },
  {
    id: 'volume-lost-other-accepted', title: 'A kept volume was removed, and the loss of another is accepted', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv', order: shownAfterwards('lost-volume=home'),
    expect: { outcome: 'refused', codes: ['lost-volume'] },
  },
  {
    id: 'volumes-lost-one-accepted', title: 'Two kept volumes were removed, and the loss of one is accepted', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv vg0/home', order: shownAfterwards('lost-volume=srv'),
    expect: { outcome: 'refused', codes: ['lost-volume'] },
  },
  {
    id: 'volume-lost-not-shown', title: 'The loss of a volume is accepted beforehand, while it is still there; then it is removed', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv', order: { ...reprovision, accept: ['lost-volume=srv'] },
    expect: { outcome: 'refused', codes: ['plan-changed'] },
  },
  { id: 'accept-unused', title: 'The loss of a volume is accepted, and it is there', machine: worker, order: { ...reprovision, accept: ['lost-volume=srv'] }, expect: { outcome: 'done', note: 'it is kept' } },
  { id: 'accept-unknown', title: 'An override that does not exist', machine: worker, order: { ...reprovision, accept: ['everything=srv'] }, expect: { outcome: 'refused', codes: ['accept-unknown'] } },
  { id: 'accept-group', title: 'An override for what cannot be overridden', machine: worker, order: { ...reprovision, accept: ['group-renamed=vg0'] }, expect: { outcome: 'refused', codes: ['accept-unknown'] } },
  { id: 'root-lost', title: 'The volume of / was removed', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/root', order: reprovision, expect: { outcome: 'refused', codes: ['lost-volume'] } },
  {
    id: 'volume-replaced', title: 'A kept volume was removed and made anew, with our tag', machine: worker, 
    damage: `active vg0; tag=${tagOf('srv')}; lvm lvremove -y vg0/srv; lvm lvcreate -y -Wn -L 96m -n srv --addtag "$tag" --addtag labctl.ready vg0; mkfs.ext4 -q -F /dev/vg0/srv; seed /dev/vg0/srv new`,
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-replaced'] },
  },
  {
    id: 'volume-replaced-untagged', title: 'A kept volume was removed and made anew, by name only', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv; lvm lvcreate -y -Wn -L 96m -n srv vg0; mkfs.ext4 -q -F /dev/vg0/srv; seed /dev/vg0/srv new',
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-replaced'] },
  },
  {
    id: 'volume-restored', title: 'A kept volume was restored into a new one with the former file system', machine: worker,
    damage: `active vg0; dd if=/dev/vg0/srv of=/run/lab/srv.img bs=1M; tag=${tagOf('srv')}; lvm lvremove -y vg0/srv; lvm lvcreate -y -Wn -Zn -L 96m -n srv --addtag "$tag" --addtag labctl.ready vg0; dd if=/run/lab/srv.img of=/dev/vg0/srv bs=1M; rm /run/lab/srv.img`,
    order: reprovision, expect: { outcome: 'refused', codes: ['volume-replaced'] },
  },
  { id: 'root-replaced', title: 'The root was removed and made anew, by name only', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/root; lvm lvcreate -y -Wn -L 192m -n root vg0; mkfs.ext4 -q -F /dev/vg0/root; seed /dev/vg0/root new', order: reprovision, expect: { outcome: 'refused', codes: ['volume-replaced'] } },
  { id: 'volume-renamed', title: 'A kept volume was renamed since the plan was shown', machine: worker, damage: 'lvm lvrename vg0 srv service', order: reprovision, expect: { outcome: 'refused', codes: ['plan-changed'] } },
  { id: 'volume-renamed-shown', title: 'A kept volume was renamed, and the plan looked at again', machine: worker, damage: 'lvm lvrename vg0 srv service', order: shownAfterwards(), expect: { outcome: 'done', note: 'it is known by its UUID and tag' } },
  { id: 'root-renamed-shown', title: 'The root was renamed, and the plan looked at again', machine: worker, damage: 'lvm lvrename vg0 root former', order: shownAfterwards(), expect: { outcome: 'done', note: 'it is known by its UUID and tag' } },
  {
    id: 'volumes-swapped', title: 'Root and a kept volume swapped their names', machine: worker, damage: 'lvm lvrename vg0 srv other; lvm lvrename vg0 root srv; lvm lvrename vg0 other root', order: shownAfterwards(), 
    check: `expect 'the kept volume is named root' sh -c 'mount -o ro /dev/vg0/root /mnt && [ -e /mnt/sentinel ]'; umount /mnt`, expect: { outcome: 'done', note: 'names count for nothing' },
  },
  { id: 'volume-extended', title: 'A kept volume was extended', machine: worker, damage: 'active vg0; lvm lvextend -L +64m vg0/srv; e2fsck -fy /dev/vg0/srv >/dev/null; resize2fs /dev/vg0/srv 2>/dev/null', order: reprovision, expect: { outcome: 'done', note: 'it stays as it is' } },
  { id: 'volume-reduced', title: 'A kept volume was reduced below its file system', machine: worker, damage: 'lvm lvreduce -f -y --fs ignore -L 64m vg0/srv || lvm lvreduce -f -y -L 64m vg0/srv', order: reprovision, expect: { outcome: 'refused', codes: ['volume-shrunk', 'volume-too-small'] } },
  { id: 'root-extended', title: 'The root was extended', machine: worker, damage: 'lvm lvextend -L +64m vg0/root', order: reprovision, expect: { outcome: 'done', note: 'it is formatted to its whole length' } },
  { id: 'root-reduced', title: 'The root was reduced', machine: worker, damage: 'lvm lvreduce -f -y --fs ignore -L 128m vg0/root || lvm lvreduce -f -y -L 128m vg0/root', order: reprovision, expect: { outcome: 'refused', codes: ['volume-too-small'] } },
  { id: 'root-read-only', title: 'The root is read-only', machine: worker, damage: 'lvm lvchange -pr vg0/root', order: reprovision, expect: { outcome: 'refused', codes: ['volume-type'] } },
  { id: 'tag-removed', title: 'The tag of a kept volume was taken off', machine: worker, damage: `lvm lvchange --deltag "${tagOf('srv')}" vg0/srv`, order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
  { id: 'tag-removed-root', title: 'The tag of / was taken off', machine: worker, damage: `lvm lvchange --deltag "${tagOf('root')}" vg0/root`, order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
  { id: 'tag-forged', title: 'A foreign volume got the tag of /', machine: worker, damage: `active vg0; lvm lvcreate -y -Wn -L 64m -n mine --addtag "${tagOf('root')}" vg0; mkfs.ext4 -q -F /dev/vg0/mine; seed /dev/vg0/mine mine`, order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
  { id: 'tags-swapped', title: 'The tags of / and of a kept volume were swapped', machine: worker, damage: `a=${tagOf('root')}; b=${tagOf('srv')}; lvm lvchange --deltag "$a" --addtag "$b" vg0/root; lvm lvchange --deltag "$b" --addtag "$a" vg0/srv`, order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
  { id: 'tag-of-nothing', title: 'A foreign volume got a tag of this machine for a path that was never recorded', machine: worker, damage: `active vg0; lvm lvcreate -y -Wn -L 64m -n mine --addtag "${tagOf('root')}opt" vg0`, order: reprovision, expect: { outcome: 'refused', codes: ['volume-tag-disagrees'] } },
  {
    id: 'tag-of-another-machine', title: 'A volume with the tag of another machine', machine: worker, damage: 'active vg0; lvm lvcreate -y -Wn -L 64m -n theirs --addtag labctl.mzzzzzzzzzzz._ vg0; mkfs.ext4 -q -F /dev/vg0/theirs; seed /dev/vg0/theirs theirs',
    order: reprovision, expect: { outcome: 'done', note: 'it is no concern of this machine and stays' },
  },
  { id: 'ready-tag-removed', title: 'The mark that a kept volume is finished was taken off, and its file system is the recorded one', machine: worker, damage: 'lvm lvchange --deltag labctl.ready vg0/srv', order: reprovision, expect: { outcome: 'done', note: 'it is kept' } },
  {
    id: 'ready-tag-removed-wiped', title: 'The mark that a kept volume is finished was taken off, and its superblock is gone', machine: worker, 
    damage: 'lvm lvchange --deltag labctl.ready vg0/srv; active vg0; dd if=/dev/zero of=/dev/vg0/srv bs=4096 count=1 conv=notrunc', order: reprovision, expect: { outcome: 'refused', codes: ['filesystem-lost'] },
  },
  { id: 'all-marks-removed', title: 'Every mark that the install was finished was taken off', machine: worker, damage: 'for name in root var home srv longhorn; do lvm lvchange --deltag labctl.ready vg0/$name; done; lvm vgchange --deltag labctl.installed vg0', order: reprovision, expect: { outcome: 'done', note: 'what was recorded as made is kept all the same' } },
  { id: 'volume-name-taken', title: 'The layout grew a volume whose name somebody gave to another', machine: worker, damage: 'active vg0; lvm lvcreate -y -Wn -L 64m -n minio vg0; mkfs.ext4 -q -F /dev/vg0/minio; seed /dev/vg0/minio minio', order: withRole('worker-grown'), expect: { outcome: 'refused', codes: ['volume-name-taken'] } },
  { id: 'volume-hidden', title: 'A kept volume is not activated by itself', machine: worker, damage: 'lvm lvchange -ay -ky vg0/srv || :; lvm lvchange --setautoactivation n vg0/srv || :', order: reprovision, expect: { outcome: 'done', note: 'it is kept' } },
  { id: 'dropped-then-lost', title: 'A volume that the layout dropped was removed by hand', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv', order: { ...withRole('worker-shrunk') }, expect: { outcome: 'refused', codes: ['lost-volume'] } },
]
