import t from 'tap'
import { judgeRuleUse, type RuleSituation } from '../../../../bastion/boot/rules/judge-rule-use.ts'
import { planName } from '../../../../bastion/boot/rules/plan-name.ts'

const clean: RuleSituation = { enabled: true, isNew: true, architecture: 'x86_64', ordered: false, installed: false, alarms: 0, unclear: false, role: null, ours: false, contents: [], armedByRule: 0, armedInHour: 0, perHour: 10 }
const rule = { name: 'workers', most: 4, foreignData: 'refuse' } as const

t.test('a new, clean machine with empty disks is armed', async t => {
  t.same(judgeRuleUse(rule, 'worker', clean), [])
  t.same(judgeRuleUse(rule, 'worker', { ...clean, role: 'worker', armedByRule: 3, armedInHour: 9 }), [])
})

for (const [what, more, because] of [
  ['rules are off', { enabled: false }, /rules\.enabled is false/], ['it was discovered before', { isNew: false }, /discovered before/], ['it ever had an order', { ordered: true }, /ordered for it already/],
  ['it is installed', { installed: true }, /installed from here/], ['it is of another architecture', { architecture: 'aarch64' }, /aarch64/], ['there is an alarm', { alarms: 1 }, /an alarm/], ['there are alarms', { alarms: 2 }, /2 alarms/],
  ['its identity is unclear', { unclear: true }, /provision resolve/], ['an operator said another role', { role: 'infra' }, /role infra, and the rule installs worker/], ['volumes of ours are there', { ours: true }, /volumes of a machine of this bastion/],
  ['its disks hold something', { contents: ['disk-1: partition 1: ext4'] }, /disk-1: partition 1: ext4/], ['the rule has had its machines', { armedByRule: 4 }, /armed 4 machines, and may arm 4/], ['the hour is full', { armedInHour: 10 }, /10 machines .* within the last hour/],
] as const) {
  t.test(`it is not where ${what}`, async t => {
    const reasons = judgeRuleUse(rule, 'worker', { ...clean, ...more })
    t.equal(reasons.length, 1)
    t.match(reasons[0], because)
  })
}

t.test('a rule that destroys does not mind contents, but all the rest', async t => {
  t.same(judgeRuleUse({ ...rule, foreignData: 'destroy' }, 'worker', { ...clean, contents: ['x'] }), [])
  t.equal(judgeRuleUse({ ...rule, foreignData: 'destroy' }, 'worker', { ...clean, contents: ['x'], ours: true, alarms: 1 }).length, 2)
})

t.test('names: the least free number, serials made into labels, and reasons where there is none', async t => {
  const taken = (...names: string[]) => (name: string) => names.includes(name) ? 'the name of another machine' : null
  const of = (pattern: string, serial: string | null = 'CZ 12_34', takenBy = taken()) => planName(pattern, { serial, mac: '52:54:00:00:00:0a' }, 50, takenBy)
  t.same(of('worker-{n}'), { name: 'worker-1' })
  t.same(of('worker-{n}', null, taken('worker-1', 'worker-2', 'worker-4')), { name: 'worker-3' })
  t.same(of('{serial}'), { name: 'cz-12-34' })
  t.same(of('m-{mac}'), { name: 'm-52540000000a' })
  t.same(of('{serial}-{n}', 'AB', taken('ab-1')), { name: 'ab-2' })
  t.match(of('{serial}', 'Default string'), { because: /wants a serial/ })
  t.match(of('{serial}', '///'), { because: /wants a serial/ })
  t.match(of('{serial}', 'xy'.repeat(32)), { because: /no machine name/ })
  t.match(of('{mac}', null, taken('52540000000a')), { because: /which is the name of another machine/ })
  t.match(planName('w{n}', { serial: null, mac: '' }, 2, taken('w1', 'w2')), { because: /no free name up to the number 2/ })
})
