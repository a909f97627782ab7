// A worker that we installed: what happens to its disk before it is reprovisioned.
import { worker } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const

export const workerScenarios: ScenarioList = [
  {
    id: 'nothing-happened', title: 'A machine that we installed, nothing happened to it', machine: worker, order: reprovision,
    expect: { outcome: 'done', note: '/, /var, /boot and our folder in the ESP are made anew; /home, /srv and /var/lib/longhorn are kept' }, telling: true,
  },
  {
    id: 'unknown-volumes', title: '40 volumes in the group that the layout does not know', machine: worker, telling: true,
    damage: `active vg0
for number in $(seq 1 40); do lvm lvcreate -y -Zn -Wn -L 4m -n "pvc-$number" vg0; head -c 4194304 /dev/urandom >"/dev/vg0/pvc-$number"; done`,
    order: reprovision, expect: { outcome: 'done', note: 'all 40 are kept' },
  },
  {
    id: 'volume-lost', title: 'A kept volume was removed', machine: worker, damage: 'active vg0; lvm lvremove -y vg0/srv',
    order: reprovision, expect: { outcome: 'refused', codes: ['lost-volume'] }, telling: true,
  },
]
