import t from 'tap'
import { judgeBoot, judgePhases, noBoot } from '../../../labctl/watch/judge-boot.ts'
import { chooseOrder, judgeEnd } from '../../../labctl/watch/judge-order.ts'
import { noon, sampleDetail, sampleEntry, sampleMachine, sampleOrder } from '../samples.ts'

const after = (...phases: [number, string][]) => phases.reduce((clock, [id, phase]) => judgeBoot(clock, sampleEntry(id, phase)), noBoot)

t.test('a boot counts from the DHCP exchange before its first file', async t => {
  const clock = after([1, 'dhcp'], [2, 'dhcp'], [4, 'tftp'], [6, 'dispatched'], [10, 'kernel'])
  t.same(judgePhases(clock), [{ phase: 'tftp', sinceStartMs: 3000, tookMs: 3000 }, { phase: 'dispatched', sinceStartMs: 5000, tookMs: 2000 }, { phase: 'kernel', sinceStartMs: 9000, tookMs: 4000 }])
})

t.test('a waiting machine’s lease renewals begin no boot', async t => {
  const clock = after([1, 'dispatched'], [5, 'facts'], [900, 'dhcp'], [901, 'disks'])
  t.equal(clock.startedAt, noon + 1000)
  t.equal(clock.phase, 'disks')
})

t.test('a dispatch after a later phase begins the next boot; one that firmware repeats does not', async t => {
  const clock = after([1, 'dispatched'], [2, 'dispatched'], [5, 'reboot'], [20, 'dhcp'], [30, 'dispatched'])
  t.equal(clock.startedAt, noon + 20_000)
  t.equal(after([1, 'dispatched'], [2, 'dispatched']).startedAt, noon + 1000)
})

t.test('a first boot from disk goes on with the install’s clock', async t => {
  t.equal(after([1, 'dispatched'], [5, 'reboot'], [90, 'dhcp'], [95, 'first-boot']).startedAt, noon + 1000)
})

t.test('what is no phase changes nothing, and a phase reported again keeps its time', async t => {
  t.same(after([1, 'dispatched'], [2, 'operator']), after([1, 'dispatched']))
  t.equal(after([1, 'image'], [2, 'image'], [3, 'image']).phaseAt, noon + 1000)
})

t.test('the order watched is the one followed, else the present one, else the newest', async t => {
  const old = sampleOrder({ id: 'old', createdAt: noon - 1000 })
  const recent = sampleOrder({ id: 'recent' })
  const detail = sampleDetail({ orders: [old, recent] })
  t.equal(chooseOrder(detail, null)?.id, 'recent')
  t.equal(chooseOrder(detail, 'old')?.id, 'old')
  t.equal(chooseOrder(detail, 'gone'), null)
  t.equal(chooseOrder(sampleDetail({ machine: sampleMachine({ order: old }), orders: [recent] }), null)?.id, 'old')
  t.equal(chooseOrder(sampleDetail(), null), null)
})

t.test('an order ends a watch by its state', async t => {
  const ends = (['armed', 'installing', 'done', 'failed', 'contested', 'cancelled'] as const).map(state => judgeEnd(sampleOrder({ state })))
  t.same(ends, [null, null, 'ok', 'failed', 'refused', 'refused'])
})
