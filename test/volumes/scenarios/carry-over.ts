// What is carried over although its volume is formatted: host keys and the node’s password.
import { worker, workerOne, workerXfs } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'
import { reprovision } from './orders.ts'

const inRoot = (script: string): string => `active vg0; mount /dev/vg0/root /mnt; ${script}; umount /mnt`
const newRoot = (...checks: string[]): string => `mount -o ro /dev/vg0/root /mnt; ${checks.join('; ')}; umount /mnt`

export const carryOverScenarios: ScenarioList = [
  { id: 'carry-over-xfs', title: 'What is carried over lies on xfs meanwhile', machine: workerXfs, order: reprovision, expect: { outcome: 'done' } },
  { id: 'carry-over-one-kept', title: 'What is carried over lies on the only kept volume meanwhile', machine: workerOne, order: reprovision, expect: { outcome: 'done' } },
  { id: 'carry-over-link', title: 'The folder of the node’s password is a link', machine: worker, damage: inRoot('mv /mnt/etc/rancher /mnt/srv-rancher; ln -s /srv-rancher /mnt/etc/rancher'), order: reprovision, expect: { outcome: 'stopped', because: /behind a symbolic link/, untouched: true } },
  { id: 'carry-over-odd-names', title: 'Files to be carried over with spaces, quotes and newlines in their names', machine: worker, damage: inRoot(`touch "/mnt/etc/ssh/ssh_host_it's \\$(reboot)" "/mnt/etc/ssh/ssh_host_$(printf 'a\\nb')"`), order: reprovision,
    check: newRoot(`expect 'a name with a newline came along' test -e "/mnt/etc/ssh/ssh_host_$(printf 'a\\nb')"`), expect: { outcome: 'done' } },
  { id: 'carry-over-link-file', title: 'A host key is a link to a file elsewhere', machine: worker, damage: inRoot('ln -s /etc/shadow /mnt/etc/ssh/ssh_host_link'), order: reprovision, expect: { outcome: 'stopped', because: /behind a symbolic link in the old system: \/etc\/ssh\/ssh_host_link/, untouched: true } },
  { id: 'carry-over-planted-tagged', title: 'Somebody put a folder of that name on the kept volume, and the group carries the mark of an attempt with its sum', machine: worker,
    damage: 'active vg0; mount /dev/vg0/home /mnt; mkdir -m 0700 /mnt/.labctl-carry-over; mkdir -p /run/lab/evil/usr/bin; echo evil >/run/lab/evil/usr/bin/evil; (cd /run/lab/evil && tar -cf /mnt/.labctl-carry-over/carried.tar --no-recursion ./usr ./usr/bin ./usr/bin/evil); sum=$(sha256sum </mnt/.labctl-carry-over/carried.tar | cut -d " " -f 1); echo "$sum x -" >/mnt/.labctl-carry-over/complete; umount /mnt; lvm vgchange --addtag labctl.underway.$sum vg0', order: reprovision,
    expect: { outcome: 'stopped', because: /an attempt that was cut short has begun/, untouched: true } },
  { id: 'carry-over-mark-alone', title: 'An attempt had put files aside and set its mark, and had not begun: the old system lived on', machine: worker,
    damage: 'active vg0; uuid=$(blkid -p -s UUID -o value /dev/vg0/root); mount /dev/vg0/root /mnt; (cd /mnt && tar -cf /run/lab/former.tar --no-recursion ./etc ./etc/ssh ./etc/ssh/ssh_host_*); echo later >/mnt/etc/ssh/ssh_host_later; umount /mnt; mount /dev/vg0/home /mnt; mkdir -m 0700 /mnt/.labctl-carry-over; cp /run/lab/former.tar /mnt/.labctl-carry-over/carried.tar; sum=$(sha256sum </run/lab/former.tar | cut -d " " -f 1); echo "$sum x $uuid" >/mnt/.labctl-carry-over/complete; umount /mnt; lvm vgchange --addtag labctl.underway.$sum vg0', order: reprovision,
    check: newRoot("expect 'what it has by now came along' test -e /mnt/etc/ssh/ssh_host_later"), expect: { outcome: 'done', note: 'it is taken as it is now' } },
  { id: 'carry-over-planted', title: 'Somebody put a folder of that name on the kept volume', machine: worker, 
    damage: 'active vg0; mount /dev/vg0/home /mnt; mkdir -m 0755 /mnt/.labctl-carry-over; mkdir -p /run/lab/evil/etc/ssh; echo evil >/run/lab/evil/etc/ssh/ssh_host_ed25519_key; tar -cf /mnt/.labctl-carry-over/carried.tar -C /run/lab/evil .; echo "$(sha256sum </mnt/.labctl-carry-over/carried.tar | cut -d " " -f 1) x" >/mnt/.labctl-carry-over/complete; umount /mnt', order: reprovision,
    expect: { outcome: 'done', note: 'it is not believed' } },
  { id: 'carry-over-planted-link', title: 'Likewise, as a link', machine: worker, damage: 'active vg0; mount /dev/vg0/home /mnt; mkdir /mnt/elsewhere; echo precious >/mnt/elsewhere/complete; ln -s elsewhere /mnt/.labctl-carry-over; umount /mnt', order: reprovision,
    check: `mount -o ro /dev/vg0/home /mnt; expect 'what the link leads to is whole' grep -qx precious /mnt/elsewhere/complete; umount /mnt`, expect: { outcome: 'done' } },
  { id: 'carry-over-root-unreadable', title: 'The old root cannot be read, so nothing can be carried over from it', machine: worker, damage: 'active vg0; dd if=/dev/urandom of=/dev/vg0/root bs=4096 seek=1 count=12000 conv=notrunc', order: reprovision, expect: { outcome: 'stopped', because: /nothing can be carried over/, untouched: true } },
  { id: 'store-read-only', title: 'The kept volume for what is carried over is read-only', machine: worker, damage: 'lvm lvchange -pr vg0/home', order: reprovision, expect: { outcome: 'done', note: 'another kept volume holds it' } },
]
