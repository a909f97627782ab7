import t from 'tap'
import { decideAfterDiscovery, discoveryFault, discoveryOs } from '../../../bastion/boot/decide-discovery.ts'
import { parseConfig } from '../../../bastion/platform/read-config.ts'
import type { OsSource } from '../../../protocol/os-sources.ts'

const config = (discovery: string) => parseConfig(`discovery: {${discovery}}`, 'bastion.yaml')
const kickstart = config('by: kickstart, os: fedora-43')
const source = (more: Partial<OsSource>): OsSource => ({ name: 'fedora-43', kind: 'tree', state: 'ready', step: null, percent: null, because: null, kernel: null, builtAt: null, url: null, release: null, files: [], ...more })

t.test('the RAM disk discovers unless a tree is to', async t => {
  t.equal(discoveryOs(config('')), null)
  t.equal(discoveryOs(config('os: fedora-43')), null, 'a tree that is named for later')
  t.equal(discoveryOs(kickstart), 'fedora-43')
})

t.test('what an installer discovered never waits', async t => {
  for (const [discovery, wanted] of [['', 'wait'], ['afterwards: local-disk', 'local-disk'], ['afterwards: reboot', 'reboot']] as const) t.equal(decideAfterDiscovery(config(discovery)), wanted, discovery)
  for (const [afterwards, wanted] of [['wait', 'local-disk'], ['local-disk', 'local-disk'], ['reboot', 'reboot'], ['poweroff', 'poweroff']] as const) t.equal(decideAfterDiscovery(config(`by: kickstart, os: a, afterwards: ${afterwards}`)), wanted, afterwards)
})

t.test('a tree that cannot discover is named, with what to do', async t => {
  t.equal(discoveryFault(config(''), null), null, 'nothing is amiss where the RAM disk does it')
  t.equal(discoveryFault(kickstart, source({})), null)
  t.match(discoveryFault(kickstart, null), /installer of fedora-43 \(discovery\.os\), which is not here\..*labctl os add fedora-43/)
  t.match(discoveryFault(kickstart, source({ kind: 'image' })), /is a root image/)
  t.match(discoveryFault(kickstart, source({ state: 'building' })), /is not here yet \(building\)/)
  t.match(discoveryFault(kickstart, source({ state: 'failed', because: 'The mirror is away' })), /could not be had: The mirror is away/)
})
