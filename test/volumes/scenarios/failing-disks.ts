// Disks that fail while an order is carried out: reads, writes or both of a range end with an error (dm-flakey); the whole disk answers no more (a suspended device); a volume is full.
import { emptyMachine, worker } from '../machines.ts'
import type { Scenario, ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const
const failing = (fromMib = 0, toMib = 0): NonNullable<Scenario['disksThen']> => disks => disks.map((disk, index) => (index === 0 ? { ...disk, flaky: { name: 'a', fromMib, toMib } } : disk))
const breaksAt = (program: string, count: number, fromMib: number, toMib: number, how: 'error_reads' | 'error_writes' | '' = '') => `hook before ${program} ${count} 'break_disk a ${fromMib} ${toMib} ${how}'`
/** Likewise, where a minute of patience would make a test of minutes. */
const impatient = "echo 'export LABCTL_PATIENCE=10' >>/labctl/overlay.env"
const hangsAt = (program: string, count: number) => `${impatient}\nhook before ${program} ${count} 'hang_disk a'`
const install = { kind: 'install' } as const
const stopped = (because: RegExp) => ({ outcome: 'stopped' as const, because, untouched: false })

// Where things lie, in MiB: partitions at 1, 2, 66 and 322; root 323, var 643, home 803, srv 899, longhorn 995, free from 1315.
export const failingScenarios: ScenarioList = [
  { id: 'fails-in-kept', title: 'A kept volume cannot be read any more', machine: worker, disksThen: failing(900, 930), order: reprovision, expect: { outcome: 'refused-or-stopped', untouched: true } },
  { id: 'fails-in-metadata', title: 'LVM’s metadata cannot be read any more', machine: worker, disksThen: failing(322, 323), order: reprovision, expect: { outcome: 'refused-or-stopped', untouched: true } },
  { id: 'fails-in-mkfs', title: 'The disk fails while the root volume is formatted', machine: worker, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 1, 323, 643), order: reprovision, expect: { outcome: 'stopped', because: /./, untouched: false } },
  { id: 'fails-in-image', title: 'The disk fails while the image is unpacked', machine: worker, disksThen: failing(), meanwhile: breaksAt('tar', 3, 330, 600), order: reprovision, expect: { outcome: 'stopped', because: /./, untouched: false } },
  { id: 'fails-in-kept-midway', title: 'A kept volume fails after the first write', machine: worker, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 1, 899, 995), order: reprovision, expect: { outcome: 'any' } },
  { id: 'fails-in-store', title: 'The volume that holds what is carried over fails', machine: worker, disksThen: failing(), meanwhile: breaksAt('tar', 1, 804, 898), order: reprovision, expect: { outcome: 'any' } },
  { id: 'fails-in-install', title: 'The disk fails in an install', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 2, 323, 900), order: { kind: 'install' }, expect: { outcome: 'stopped', because: /./, untouched: false } },
  { id: 'fails-in-partitioning', title: 'The disk takes no writes when it is partitioned', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('sgdisk', 1, 0, 1, 'error_writes'), order: install, expect: stopped(/writing the partition table of .*: sync ended with 1: sync: error syncing .*Input\/output error/) },
  { id: 'fails-in-pvcreate', title: 'The disk takes no writes when LVM is set up', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('lvm', 1, 322, 2560, 'error_writes'), order: install, expect: stopped(/making the physical volume: lvm ended with/) },
  { id: 'fails-later-in-image', title: 'The disk loses what is written while the image is unpacked', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('tar', 1, 340, 640, 'error_writes'), order: install, expect: stopped(/writing everything to the disk|could not be|Input\/output error|Read-only/) },
  { id: 'fails-to-read-back', title: '/boot cannot be read back when everything is written', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('umount', 5, 66, 322, 'error_reads'), order: install, expect: stopped(/could not be read|does not read back/) },
  { id: 'hangs-in-partitioning', title: 'The disk answers no more when it is partitioned', machine: emptyMachine, disksThen: failing(), meanwhile: hangsAt('sgdisk', 1), order: install, expect: stopped(/partitioning .*still not done after 60 s; a disk does not answer any more: switch the machine off/) },
  { id: 'hangs-in-image', title: 'The disk answers no more while the image is unpacked', machine: emptyMachine, disksThen: failing(), meanwhile: hangsAt('tar', 1), order: install, expect: stopped(/it has got nowhere for 10 s|does not come back|still not done/) },
  { id: 'hangs-at-the-end', title: 'The disk answers no more when everything is to be on it', machine: emptyMachine, disksThen: failing(), meanwhile: hangsAt('sync', 2), order: install, expect: stopped(/writing everything to the disk: it has got nowhere for 10 s; a disk does not answer/) },
  { id: 'hangs-in-looking', title: 'The disk answers no more when it is looked at once more', machine: worker, disksThen: failing(), meanwhile: hangsAt('blkid', 1), order: reprovision, expect: { outcome: 'refused-or-stopped', untouched: true } },
  { id: 'full-var', title: 'A volume is too small for the image', machine: emptyMachine, meanwhile: `hook before tar 1 'dd if=/dev/zero of=/target/var/full bs=1M'`, order: install, expect: stopped(/there is no room for the root image: full is \/var \(1\d\d MiB\)/) },
]
