// Verdicts from the real stores, asked for again and again, as a list of machines does.
import t from 'tap'
import type { BootRoom } from '../../../../bastion/boot/boot-room.ts'
import { Fetches } from '../../../../bastion/boot/fetches.ts'
import { findVerdict } from '../../../../bastion/boot/silence/find-verdict.ts'
import { dhcpConfig } from '../../../lib/dhcp-config.ts'
import { sampleStores } from '../../../lib/sample-stores.ts'

t.test('a machine that needs no looking at is looked at again once it speaks', async t => {
  const stores = sampleStores(t)
  const room = { ...stores, config: dhcpConfig(), waiting: new Map(), fetches: new Fetches(stores.time.now, () => null) } as unknown as BootRoom
  const verdict = () => findVerdict(room, stores.machines.findById('m1')!, null)
  const put = (phase: string, what: string, more: object = {}) => stores.timeline.put({ machine: 'm1', mac: '52:54:00:00:00:01', phase, evidence: 'dhcp-log', text: what, detail: { what, ...more } })
  stores.machines.putState('m1', 'installed')
  put('first-boot', 'started')
  for (let day = 0; day < 3; day++) {
    t.equal(verdict(), null)
    stores.time.now += 86_400_000
  }
  put('dhcp', 'discover', { client: 'firmware', architecture: 7 })
  t.equal(verdict(), null, 'it is too early to say')
  stores.time.now += 46_000
  t.equal(verdict()?.code, 'discover-unanswered')
  stores.time.now += 8 * 86_400_000
  t.equal(verdict(), null, 'a machine that nobody expects and that was off for a week is no news')
  put('first-boot', 'started')
  t.equal(verdict(), null)
})
