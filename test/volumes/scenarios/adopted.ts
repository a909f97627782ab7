// Machines that somebody else installed, and what was adopted of them.
import { adopted, adoptedOne, stranger, worker } from '../machines.ts'
import type { ScenarioList } from '../scenario.ts'

const reprovision = { kind: 'reprovision' } as const
const refused = (...codes: string[]) => ({ outcome: 'refused', codes } as const)
const done = (note: string) => ({ outcome: 'done', note } as const)

export const adoptedScenarios: ScenarioList = [
  { id: 'adopted', title: 'A machine that somebody else installed, adopted', machine: adopted, order: reprovision, expect: done('what the layout keeps is kept, the rest is made anew'), telling: true },
  { id: 'not-recorded', title: 'A machine that was neither installed by us nor adopted', machine: stranger, order: reprovision, expect: refused('not-recorded'), telling: true },
  { id: 'kept-folder-adopted', title: 'An adopted machine on which /home is a folder of /, and the layout keeps /home', machine: adoptedOne, order: { kind: 'reprovision', role: 'worker-one-home' }, expect: refused('kept-path-in-reformatted') },
  { id: 'kept-folder-accepted', title: 'The same, with --accept lost-folder=/home', machine: adoptedOne, order: { kind: 'reprovision', role: 'worker-one-home', accept: ['lost-folder=/home'] }, expect: done('/home becomes an empty volume') },
  { id: 'plan-changed', title: 'Something that was to be kept has gone since the plan was shown', machine: adopted, damage: 'active vg0; lvm lvremove -y vg0/others', order: reprovision, expect: refused('plan-changed'), telling: true },
  { id: 'carry-over-large', title: 'What is to be carried over is larger than the limit', machine: worker, damage: 'active vg0; mount /dev/vg0/root /mnt; dd if=/dev/urandom of=/mnt/etc/ssh/ssh_host_huge_key bs=1M count=70; umount /mnt', order: reprovision, expect: { outcome: 'stopped', because: /MiB|large/, untouched: true } },
]
