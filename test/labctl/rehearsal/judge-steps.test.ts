import t from 'tap'
import { judgeDurations, judgeSteps } from '../../../labctl/rehearsal/judge-steps.ts'

const entry = (id: number, at: number, phase: string) => ({ id, at, phase })
const discovery = [entry(1, 1000, 'dhcp'), entry(2, 5000, 'dispatched'), entry(3, 24_000, 'facts')]

t.test('discovery is done with the first facts', async t => {
  t.strictSame(judgeSteps(discovery, { orderedAt: null, loginAt: null }, 'discovery'), [{ name: 'network boot', at: 5000 }, { name: 'discovered', at: 24_000 }])
})

t.test('the facts of a discovery are not taken for those of an install', async t => {
  const steps = judgeSteps(discovery, { orderedAt: 25_000, loginAt: null }, 'install')
  t.equal(steps.find(step => step.name === 'plan answered')?.at, null)
})

t.test('every step has its time once the machine has booted its own disk', async t => {
  const steps = judgeSteps([...discovery, entry(4, 26_000, 'facts'), entry(5, 28_000, 'disks'), entry(6, 29_000, 'image'), entry(7, 60_000, 'configure'), entry(8, 70_000, 'reboot'), entry(9, 75_000, 'dispatched'), entry(10, 120_000, 'first-boot')], { orderedAt: 25_000, loginAt: 125_000 }, 'install')
  t.strictSame(steps.map(step => step.at), [5000, 24_000, 25_000, 26_000, 28_000, 29_000, 60_000, 70_000, 120_000, 125_000])
})

t.test('a step lasts from the one done before it, the first from power-on', async t => {
  const steps = judgeDurations([{ name: 'a', at: 300 }, { name: 'b', at: null }, { name: 'c', at: 1000 }], 100)
  t.strictSame(steps.map(step => step.tookMs), [200, null, 700])
})

t.test('a reprovision begins with the first network boot after its order', async t => {
  const installed = [...discovery, entry(4, 120_000, 'first-boot'), entry(5, 125_000, 'dispatched')]
  t.strictSame(judgeSteps(installed, { orderedAt: 200_000, loginAt: null }, 'reprovision')[0], { name: 'network boot', at: null })
  const steps = judgeSteps([...installed, entry(6, 210_000, 'dispatched'), entry(7, 230_000, 'facts'), entry(8, 231_000, 'disks')], { orderedAt: 200_000, loginAt: null }, 'reprovision')
  t.strictSame(steps.slice(0, 4).map(({ name, at }) => [name, at]), [['network boot', 210_000], ['plan answered', 230_000], ['disks ready', 231_000], ['image begun', null]])
})
