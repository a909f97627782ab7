// Rules that arm by themselves, against the real control plane: which machines they arm, which they leave alone, and what they say.
import t, { type Test } from 'tap'
import type { Rule } from '../../../bastion/platform/rule-schema.ts'
import type { RuleExplanation, Rules } from '../../../protocol/rules.ts'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { detailOf, filesOf } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { runLabctl, type Ran } from '../../labctl/run-labctl.ts'

t.setTimeout(900_000)

const workers: Rule = { name: 'workers', match: { vendor: 'Test', disks: { least: 1, mostGib: 100 } }, machineName: 'worker-{n}', most: 4, foreignData: 'refuse' }
const armedNames = async (bastion: InnerBastion) => ((await bastion.control('GET', '/api/machines')).json() as { machines: { order: { name: string } | null }[] }).machines.map(({ order }) => order?.name ?? null)
const told = async (bastion: InnerBastion, machine: SimulatedMachine) => (await detailOf(bastion, machine.mac)).timeline.filter(({ evidence }) => evidence === 'bastion').map(({ text }) => text)
const explained = async (bastion: InnerBastion, machine: SimulatedMachine) => (await bastion.control('GET', `/api/machines/${machine.mac}/rules`)).json() as unknown as RuleExplanation
const disk = (serial: string, more: object = {}) => ({ 'lsblk.json': JSON.stringify({ blockdevices: [{ kname: 'vda', name: 'vda', type: 'disk', size: 40 * 2 ** 30, serial, rota: true, rm: false, ro: false, 'log-sec': 512, 'phy-sec': 512, ...more }] }) })

const beside = (other: object) => ({
  'lsblk.json': JSON.stringify({ blockdevices: [...(JSON.parse(disk('disk-SN-1')['lsblk.json']) as { blockdevices: object[] }).blockdevices, other] }),
  exits: 'lsblk.json 0 1.0 1.1\nlvm 0 1.0 1.1\nsignatures+vda 0 1.0 1.1\nsignatures+sdb 0 1.0 1.1\n', 'signatures/sdb': '',
})

async function ruled(t: Test, list: Rule[] = [workers], more: { enabled?: boolean, perHour?: number } = {}): Promise<InnerBastion> {
  const bastion = await startInnerBastion(t)
  bastion.room.config.rules = { enabled: true, perHour: 10, list, ...more }
  return bastion
}

async function discovered(bastion: InnerBastion, number: number, files: Record<string, string> = {}): Promise<SimulatedMachine> {
  const machine = new SimulatedMachine(bastion, number)
  await machine.overlay(await machine.dispatch())
  const answer = await machine.facts(await machine.report(files))
  if (answer.status !== 200) throw new Error(answer.body.toString())
  return machine
}

t.test('a new machine that fits is armed and installed in one boot, by the order that a person would have given', async t => {
  const bastion = await ruled(t)
  const machine = await discovered(bastion, 1)
  t.match((await detailOf(bastion, 'worker-1')).timeline.at(-1), { phase: 'operator', text: 'The rule workers ordered: install debian-13 as worker-1, role worker.' })
  const next = await machine.next()
  machine.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(next.body.toString('latin1'))![1]!
  t.equal((await filesOf(await machine.facts()))['kind'], 'install\n')
  t.match((await detailOf(bastion, machine.mac)).machine, { name: 'worker-1', order: { state: 'installing', wipe: [], accept: [] } })
})

t.test('rules that are off arm nothing, and explain what they would do', async t => {
  const bastion = await ruled(t, [workers], { enabled: false })
  const machine = await discovered(bastion, 1)
  t.same([await armedNames(bastion), await told(bastion, machine)], [[null], []])
  t.match(await explained(bastion, machine), { rule: 'workers', name: 'worker-1', order: 'install debian-13 as worker-1, role worker', because: [/rules\.enabled is false/, /discovered before/] })
})

t.test('the first rule that fits counts, and no later one takes its place where it arms nothing', async t => {
  const bastion = await ruled(t, [{ ...workers, name: 'other', match: { vendor: 'Nobody' } }, { ...workers, name: 'first', match: { serials: ['SN-1'] }, role: 'nobody' }, workers])
  const machine = await discovered(bastion, 1)
  t.match(await told(bastion, machine), [/^The rule first fits, and arms nothing: There is no layout for the role "nobody"/])
  t.match(await explained(bastion, machine), { rule: 'first', rules: [{ name: 'other', fits: false }, { name: 'first', fits: true }, { name: 'workers', fits: true }] })
  t.same(await armedNames(bastion), [null])
})

for (const [what, files, because] of [
  ['a file system on the whole disk', disk('disk-SN-1', { fstype: 'ext4', label: 'photos' }), /hold something: virtio-disk-SN-1: the whole disk: ext4 "photos"/],
  ['a partition in which nothing is recognised', disk('disk-SN-1', { pttype: 'gpt', children: [{ kname: 'vda1', name: 'vda1', type: 'part', partn: 1, start: 2048, size: 2 ** 30 }] }), /partition 1 \(nothing recognised/],
  ['data on a removable disk', beside({ kname: 'sdb', name: 'sdb', type: 'disk', size: 2 ** 33, serial: 'STICK', rota: false, rm: true, ro: false, 'log-sec': 512, 'phy-sec': 512, fstype: 'vfat' }), /hold something: sdb: the whole disk: vfat/],
  ['another architecture', { uname: 'aarch64\n' }, /It is aarch64/],
] as const) {
  t.test(`a machine is left alone that has ${what}, and its timeline says so`, async t => {
    const bastion = await ruled(t)
    const machine = await discovered(bastion, 1, files)
    t.same(await armedNames(bastion), [null])
    t.match(await told(bastion, machine), [because])
  })
}

t.test('a rule that may destroy names the disks that hold something, and never those of a machine of ours', async t => {
  const bastion = await ruled(t, [{ ...workers, foreignData: 'destroy' }])
  const machine = await discovered(bastion, 1, disk('disk-SN-1', { fstype: 'ext4' }))
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'armed', wipe: ['virtio-disk-SN-1'] })
  const ours = { 'lvm.json': JSON.stringify({ report: [{ vg: [{ vg_name: 'vg0', vg_uuid: 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000001', vg_extent_size: '4194304', vg_size: '1073741824', vg_free: '0', vg_systemid: '', vg_exported: '', vg_partial: '', vg_tags: '' }], pv: [{ pv_name: '/dev/vda', pv_uuid: 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000002', vg_name: 'vg0', pv_size: '1073741824', pv_free: '0', pv_missing: '', pv_duplicate: '' }], lv: [{ lv_name: 'srv', lv_uuid: 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000003', vg_name: 'vg0', lv_size: '1073741824', lv_attr: '-wi-------', origin: '', pool_lv: '', lv_tags: 'labctl.0193a1b2-0000-7000-8000-000000000001._srv' }], seg: [{ lv_uuid: 'aaaaaa-bbbb-cccc-dddd-eeee-ffff-000003', segtype: 'linear' }] }] }) }
  const other = await discovered(bastion, 2, { ...disk('disk-SN-2', { fstype: 'LVM2_member' }), ...ours })
  t.match(await told(bastion, other), [/volumes of a machine of this bastion: no rule destroys those/])
  t.match((await detailOf(bastion, other.mac)).machine.order, null)
})

t.test('a machine with an alarm is left alone: one that holds the disk of another', async t => {
  const bastion = await ruled(t)
  await discovered(bastion, 1)
  const thief = await discovered(bastion, 2, disk('disk-SN-1'))
  t.match(await told(bastion, thief), [/an alarm on its timeline/])
  t.same((await armedNames(bastion)).toSorted(), [null, 'worker-1'].toSorted())
})

t.test('a machine that was there before the rules, or was ever ordered anything for, is left alone when it reports again', async t => {
  const bastion = await ruled(t, [workers], { enabled: false })
  const machine = await discovered(bastion, 1)
  bastion.room.config.rules.enabled = true
  await discovered(bastion, 1)
  t.same([await armedNames(bastion), await told(bastion, machine)], [[null], []])
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'by-hand' })
  await bastion.control('POST', `/api/machines/${machine.mac}/cancel`)
  await discovered(bastion, 1)
  t.match(await detailOf(bastion, machine.mac), { machine: { order: { state: 'cancelled' } } })
  t.match((await explained(bastion, machine)).because, [/discovered before/, /ordered for it already/])
  await bastion.control('DELETE', `/api/machines/${machine.mac}`)
  await discovered(bastion, 1)
  t.same(await armedNames(bastion), ['worker-1'], 'forgotten, it is new')
})

t.test('an order that waits for the machine, or a role that an operator gave it, goes before rules', async t => {
  const bastion = await ruled(t)
  const machine = new SimulatedMachine(bastion, 1)
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'mine' })
  await discovered(bastion, 1)
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'unconfirmed', name: 'mine' })
  t.match((await explained(bastion, machine)).because.join(' '), /ordered for it already/)
})

t.test('labels of a machine never seen choose its rule, its name goes before the pattern, and a role that is not the rule’s leaves it alone', async t => {
  const bastion = await ruled(t, [{ ...workers, match: { labels: { rack: 'a*' } } }])
  const imported = (number: number, more: object) => {
    const { mac } = new SimulatedMachine(bastion, number)
    bastion.room.expected.put({ id: `0193a1b2-0000-7000-8000-00000000000${number}`, mac, uuid: null, serial: null, name: null, role: null, labels: { rack: 'a1' }, settings: {}, by: 'operator', ...more })
  }
  imported(1, { name: 'rack-a1-7' })
  imported(2, { role: 'infra' })
  imported(3, { labels: { rack: 'b1' } })
  imported(4, { name: 'worker-1', labels: {} })
  for (const number of [1, 2, 3, 5]) await discovered(bastion, number)
  t.match((await detailOf(bastion, 'rack-a1-7')).machine.order, { state: 'armed', name: 'rack-a1-7' })
  t.match(await told(bastion, new SimulatedMachine(bastion, 2)), [/An operator said that it is for the role infra, and the rule installs worker/])
  for (const number of [3, 5]) t.match(await told(bastion, new SimulatedMachine(bastion, number)), [/^No rule fits/])
  imported(6, {})
  await discovered(bastion, 6)
  t.match((await detailOf(bastion, new SimulatedMachine(bastion, 6).mac)).machine.order, { name: 'worker-2' }, 'worker-1 waits for a machine never seen')
})

t.test('a rule arms no more machines than it may, and all rules no more within an hour; forgetting gives nothing back', async t => {
  const bastion = await ruled(t, [{ ...workers, most: 2 }])
  for (const number of [1, 2, 3]) await discovered(bastion, number)
  t.same((await armedNames(bastion)).toSorted(), [null, 'worker-1', 'worker-2'].toSorted())
  t.match(await told(bastion, new SimulatedMachine(bastion, 3)), [/has armed 2 machines, and may arm 2/])
  await bastion.control('DELETE', '/api/machines/worker-1')
  await discovered(bastion, 4)
  t.match(await told(bastion, new SimulatedMachine(bastion, 4)), [/has armed 2 machines/])
  bastion.room.config.rules = { enabled: true, perHour: 3, list: [{ ...workers, name: 'more', most: 100 }] }
  for (const number of [5, 6]) await discovered(bastion, number)
  t.match((await detailOf(bastion, new SimulatedMachine(bastion, 5).mac)).machine.order, { name: 'worker-1' }, 'the name that is free again')
  t.match(await told(bastion, new SimulatedMachine(bastion, 6)), [/3 machines were armed by rules within the last hour, and 3 may be/])
  t.match((await bastion.control('GET', '/api/rules')).json() as unknown as Rules, { enabled: true, perHour: 3, armedInHour: 3, rules: [{ name: 'more', armed: 1, lastArmed: { name: 'worker-1' } }] })
  bastion.room.database.prepare('UPDATE rule_orders SET at = at - 3600001').run()
  await discovered(bastion, 7)
  t.match((await detailOf(bastion, new SimulatedMachine(bastion, 7).mac)).machine.order, { name: 'worker-3' }, 'an hour later it goes on')
})

t.test('twenty machines that report at the same time get twenty names, and a limit holds among them', async t => {
  const bastion = await ruled(t, [{ ...workers, most: 15 }], { perHour: 100 })
  const machines = Array.from({ length: 20 }, (_, index) => new SimulatedMachine(bastion, index + 1))
  await Promise.all(machines.map(machine => machine.discover()))
  const names = (await armedNames(bastion)).filter(name => name !== null)
  t.same(names.toSorted(), Array.from({ length: 15 }, (_, index) => `worker-${index + 1}`).toSorted())
})

t.test('a number is skipped whose name is a machine’s, an order’s, or waits for a machine never seen', async t => {
  const bastion = await ruled(t)
  await bastion.control('POST', '/api/install', { machine: '52:54:00:00:00:99', name: 'worker-1' })
  await discovered(bastion, 1)
  t.match((await detailOf(bastion, new SimulatedMachine(bastion, 1).mac)).machine.order, { name: 'worker-2' })
})

t.test('the least free number is found beyond five thousand that are taken', async t => {
  const bastion = await ruled(t, [{ ...workers, most: 10 }])
  const put = bastion.room.database.prepare("INSERT INTO advance_orders (id, mac, name, role, os, wipe, identity, settings, by_operator, problem, created_at, updated_at) VALUES (?, ?, ?, 'worker', 'debian-13', '[]', '{}', NULL, 'x', NULL, 1, 1)")
  bastion.room.database.transaction(() => { for (let n = 1; n <= 5000; n += 1) put.run(`id-${n}`, `52:55:00:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 255).toString(16).padStart(2, '0')}`, `worker-${n}`) })()
  await discovered(bastion, 1)
  const machine = bastion.room.machines.listByReference(new SimulatedMachine(bastion, 1).mac)[0]!
  t.match(bastion.room.orders.findOpen(machine.id), { name: 'worker-5001' })
})

t.test('a report that is refused, or comes twice, arms once', async t => {
  const bastion = await ruled(t)
  const machine = await discovered(bastion, 1)
  t.equal((await machine.facts()).status, 200, 'the answer was lost, and the same key repeats itself')
  t.match((await detailOf(bastion, machine.mac)).orders.length, 1)
  t.equal((await bastion.control('GET', '/api/rules')).json()['armedInHour'], 1)
})

t.test('labctl lists the rules, and says condition by condition why a machine fits or not', async t => {
  const bastion = await ruled(t, [{ ...workers, name: 'big', match: { memoryGib: { least: 64 }, disks: { rotational: false } } }, workers])
  const env = { LABCTL_URL: `https://127.0.0.1:${bastion.controlPort}`, LABCTL_PIN: bastion.room.pins[0]!, LABCTL_TOKEN: bastion.token }
  const labctl = (...argv: string[]): Promise<Ran> => runLabctl(t, ['provision', 'rules', ...argv], { env })
  await discovered(bastion, 1)
  const listed = await labctl()
  t.equal(listed.code, 0, listed.err)
  t.match(listed.out, /Rules are on: 1 of 10 machines[^]*1 +big +memory in GiB at least 64; each disk’s kind not rotating +debian-13, role worker +worker-\{n\} +0 of 4 +-[^]*2 +workers .* 1 of 4 +worker-1, just now/)
  const explained = await labctl('--explain', 'worker-1')
  t.match(explained.out, /big: does not fit\n +no +memory in GiB +wanted at least 64 +is 2\n +no +each disk’s kind +wanted not rotating +is rotating\nworkers: fits, and counts[^]*\n\nThe rule workers armed it, as worker-1\.\n/)
  t.equal((JSON.parse((await labctl('--explain', 'worker-1', '-o', 'json')).out) as RuleExplanation).rule, 'workers')
  bastion.room.config.rules.list[1]!.most = 1
  await discovered(bastion, 2)
  t.match((await labctl('--explain', new SimulatedMachine(bastion, 2).mac)).out, /It would be: install debian-13 as worker-2, role worker\. It is not armed:\n +It was discovered before[^]*The rule has armed 1 machines/)
  t.match(await labctl('--explain', 'nobody'), { code: 3, err: /There is no machine "nobody"/ })
  bastion.room.config.rules = { enabled: false, perHour: 10, list: [] }
  t.match((await labctl()).out, /Rules are off[^]*There are no rules\. docs\/rules\.md/)
  t.match((await labctl('--explain', new SimulatedMachine(bastion, 2).mac)).out, /Nothing would be armed:\n +There are no rules/)
})
