// Disks that fail while an order is carried out: reads and writes of a range end with an error (dm-flakey).
import { emptyMachine, worker } from '../machines.ts'
import type { Scenario, ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const
const failing = (fromMib = 0, toMib = 0): NonNullable<Scenario['disksThen']> => disks => disks.map((disk, index) => (index === 0 ? { ...disk, flaky: { name: 'a', fromMib, toMib } } : disk))
const breaksAt = (program: string, count: number, fromMib: number, toMib: number) => `hook before ${program} ${count} 'break_disk a ${fromMib} ${toMib}'`

// Where things lie, in MiB: partitions at 1, 2, 66 and 322; root 323, var 643, home 803, srv 899, longhorn 995, free from 1315.
export const failingScenarios: ScenarioList = [
  { id: 'fails-in-kept', title: 'A kept volume cannot be read any more', machine: worker, disksThen: failing(900, 930), order: reprovision, expect: { outcome: 'refused-or-stopped', untouched: true } },
  { id: 'fails-in-metadata', title: 'LVM’s metadata cannot be read any more', machine: worker, disksThen: failing(322, 323), order: reprovision, expect: { outcome: 'refused-or-stopped', untouched: true } },
  { id: 'fails-in-mkfs', title: 'The disk fails while the root volume is formatted', machine: worker, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 1, 323, 643), order: reprovision, expect: { outcome: 'stopped', because: /./, untouched: false } },
  { id: 'fails-in-image', title: 'The disk fails while the image is unpacked', machine: worker, disksThen: failing(), meanwhile: breaksAt('tar', 3, 330, 600), order: reprovision, expect: { outcome: 'stopped', because: /./, untouched: false } },
  { id: 'fails-in-kept-midway', title: 'A kept volume fails after the first write', machine: worker, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 1, 899, 995), order: reprovision, expect: { outcome: 'any' } },
  { id: 'fails-in-store', title: 'The volume that holds what is carried over fails', machine: worker, disksThen: failing(), meanwhile: breaksAt('tar', 1, 804, 898), order: reprovision, expect: { outcome: 'any' } },
  { id: 'fails-in-install', title: 'The disk fails in an install', machine: emptyMachine, disksThen: failing(), meanwhile: breaksAt('mkfs.ext4', 2, 323, 900), order: { kind: 'install' }, expect: { outcome: 'stopped', because: /./, untouched: false } },
]
