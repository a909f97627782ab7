import t from 'tap'
import { stringify } from 'yaml'
import { parseConfig } from '../../../bastion/platform/read-config.ts'

const rule = { name: 'workers', match: { vendor: 'Dell*' }, machineName: 'worker-{n}', most: 4 }
const read = (list: object[], more: object = {}) => parseConfig(stringify({ rules: { list, ...more } }), 'bastion.yaml')
const mistake = (given: object) => { try { read([{ ...rule, ...given }]); return 'none' } catch (error) { return (error as Error).message } }

t.test('rules are off until somebody turns them on, and what is left open is filled in', async t => {
  t.same(parseConfig('', 'bastion.yaml').rules, { enabled: false, perHour: 10, list: [] })
  t.match(read([rule]).rules.list, [{ ...rule, foreignData: 'refuse' }])
  t.equal(read([rule], { enabled: true }).rules.enabled, true)
})

for (const [what, given, wanted] of [
  ['an unknown key, with what was meant', { matsch: {} }, /unknown key rules\.list\.0\.matsch: did you mean rules\.list\.0\.match\?/],
  ['an unknown condition', { match: { vendr: 'x' } }, /unknown key rules\.list\.0\.match\.vendr: did you mean rules\.list\.0\.match\.vendor\?/],
  ['an unknown key inside disks', { match: { disks: { sizeGib: 1 } } }, /unknown key rules\.list\.0\.match\.disks\.sizeGib/],
  ['conditions that fit everything', { match: {} }, /every machine would be installed; if that is meant: macs: \['\*'\]/],
  ['a condition without content', { match: { disks: {} } }, /match\.disks: nothing is wanted/],
  ['a range that is never so', { match: { memoryGib: { least: 64, most: 32 } } }, /at least 64 and at most 32 is never so/],
  ['what is no MAC', { match: { macs: ['52-54-00-*'] } }, /fits no MAC address/],
  ['what is no label', { match: { labels: { 'a b': 'x' } } }, /"a b" is no label/],
  ['a role without a layout', { role: 'nobody' }, /there is no layout for nobody; there are worker/],
  ['an illegal name', { machineName: 'Worker_{n}' }, /gives names such as "Worker_1"/],
  ['a name that ends with a dash', { machineName: 'worker-{n}-' }, /gives names such as "worker-1-"/],
  ['a name too long for its numbers', { machineName: `${'x'.repeat(58)}{n}`, most: 100_000 }, /gives names such as/],
  ['an unknown placeholder', { machineName: 'worker-{number}' }, /there is no \{number\}; there are \{n\}, \{serial\}, \{mac\}/],
  ['one name for many', { machineName: 'worker' }, /is one name, and the rule may arm 4 machines/],
  ['no limit', { most: undefined }, /rules\.list\.0: must have required properties most/],
  ['a limit of none', { most: 0 }, /rules\.list\.0\.most/],
] as const) t.test(`a rule is refused with ${what}`, async t => { t.match(mistake(given), wanted) })

t.test('two rules of one name are refused; one name for one machine is not', async t => {
  t.throws(() => read([rule, { ...rule, match: { vendor: 'HP*' } }]), /rules\.list\.1\.name: workers is the name of rules\.list\.0 too/)
  t.match(read([{ ...rule, machineName: 'infra', most: 1 }]).rules.list, [{ machineName: 'infra' }])
})

t.test('a rule that can never count is refused', async t => {
  t.throws(() => read([{ ...rule, match: { vendor: 'Dell*', disks: { least: 1, most: 2 } } }, { ...rule, name: 'b', match: { disks: { most: 2, least: 1 }, vendor: 'Dell*' } }]), /list\.1\.match: this is what workers wants too, which comes first/)
})

t.test('all mistakes of all rules are told at once', async t => {
  t.throws(() => read([{ ...rule, match: {}, role: 'nobody' }, { ...rule, name: 'b', machineName: '{x}' }]), /list\.0\.match: [^]*list\.0\.role: [^]*list\.1\.machineName: /)
})
