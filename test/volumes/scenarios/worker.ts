// Machines on which everything is as it was: what is made anew, and what is kept.
import { worker, worker4k, workerUefi } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const
const done = (note: string) => ({ outcome: 'done', note } as const)
const theRest = 'what the layout keeps is kept, the rest is made anew'

export const workerScenarios: ScenarioList = [
  {
    id: 'nothing-happened', title: 'A machine that we installed, nothing happened to it', machine: worker, order: reprovision, telling: true,
    expect: done('/, /var, /boot and our folder in the ESP are made anew; /home, /srv and /var/lib/longhorn are kept'),
  },
  { id: 'sectors-4k', title: 'A disk with sectors of 4 KiB', machine: worker4k, order: reprovision, expect: done(theRest), telling: true },
  {
    id: 'uefi', title: 'UEFI, and another system’s folder in the ESP', machine: workerUefi, order: reprovision, expect: done('our folder in the ESP is replaced, the other one stays'),
    check: `mount -o ro "$P2" /mnt; expect 'the other system can still boot' grep -q 'another system' /mnt/EFI/Microsoft/Boot/bootmgfw.efi; expect 'our boot loader is there' test -s /mnt/EFI/labctl/grubx64.efi; umount /mnt`,
  },
  {
    id: 'carry-over-absent', title: 'Nothing to carry over: no host keys, no node password', machine: { ...worker, id: 'worker-bare', added: 'active vg0; for name in home srv longhorn; do seed "/dev/vg0/$name" "$name"; done; mount /dev/vg0/root /mnt; rm -f /mnt/etc/ssh/ssh_host_*; umount /mnt' },
    order: reprovision, expect: done('the new system gets keys of its own'),
    check: `mount -o ro /dev/vg0/root /mnt; expect 'there are new host keys' grep -q 'made anew' /mnt/etc/ssh/ssh_host_ed25519_key; umount /mnt`,
  },
]
