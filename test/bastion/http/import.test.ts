// Names, roles, labels and settings of many machines at once, against the real control plane with machines that boot.
import t, { type Test } from 'tap'
import type { ImportAnswer } from '../../../protocol/import.ts'
import type { Problem } from '../../../protocol/problem.ts'
import { detailOf } from '../../lib/installed-machine.ts'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'

const importing = async (bastion: InnerBastion, rows: readonly unknown[], dryRun?: boolean) => bastion.control('POST', '/api/import', { rows, ...dryRun === undefined ? {} : { dryRun } })
const taken = async (t: Test, bastion: InnerBastion, rows: readonly unknown[], dryRun?: boolean): Promise<ImportAnswer> => {
  const answer = await importing(bastion, rows, dryRun)
  t.equal(answer.status, 200, answer.body.toString())
  return answer.json() as unknown as ImportAnswer
}
const refusals = async (t: Test, bastion: InnerBastion, rows: readonly unknown[]): Promise<string[]> => {
  const answer = await importing(bastion, rows)
  t.equal(answer.status, 409, answer.body.toString())
  return (answer.json() as unknown as Problem).refusals.map(({ because }) => because)
}
const written = (bastion: InnerBastion) => bastion.room.database.prepare('SELECT total_changes() AS changes').get() as { changes: number }
const network = (mac: string) => ({ cards: [{ mac, addresses: ['10.0.0.5/24'], gateway: '10.0.0.1' }] })

t.setTimeout(300_000)

t.test('a machine that is there gets its name, role, labels and settings; the same again changes nothing at all', async t => {
  const bastion = await startInnerBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  t.equal((await machine.discover()).status, 200)
  const row = { line: 2, mac: machine.mac.toUpperCase().replaceAll(':', '-'), serial: machine.serial.toLowerCase(), name: 'worker-1', role: 'worker', labels: { rack: '3' }, settings: { network: network(machine.mac), dns: ['10.0.0.2'] } }
  const dry = await taken(t, bastion, [row], true)
  t.match(dry, { dryRun: true, rows: [{ line: 2, machine: 'worker-1', seen: true, changes: [{ what: 'name', was: null, is: 'worker-1' }, { what: 'role', was: null, is: 'worker' }, { what: 'label rack', was: null, is: '3' }, { what: 'setting network', was: null }, { what: 'setting dns', was: null, is: '["10.0.0.2"]' }] }] })
  t.match((await detailOf(bastion, machine.mac)).machine, { name: null, labels: {} }, 'a dry run writes nothing')
  t.same({ ...await taken(t, bastion, [row]), dryRun: true }, dry, 'and tells what is then done')
  const detail = await detailOf(bastion, 'worker-1')
  t.match(detail.machine, { name: 'worker-1', role: 'worker', labels: { rack: '3' } })
  t.match(detail.settings, { own: { dns: ['10.0.0.2'] }, role: 'worker' })
  t.match(detail.timeline.at(-1), { evidence: 'operator', text: 'operator imported for 52:54:00:00:00:01: name worker-1, role worker, label rack 3, setting network, setting dns.' })
  const before = written(bastion)
  t.match(await taken(t, bastion, [row]), { rows: [{ changes: [] }] })
  t.same(written(bastion), before, 'not a row is written')
  t.match(await taken(t, bastion, [{ serial: machine.serial, labels: { rack: null, zone: 'a' } }]), { rows: [{ changes: [{ what: 'label rack', was: '3', is: null }, { what: 'label zone', is: 'a' }] }] })
  t.match((await detailOf(bastion, 'worker-1')).machine, { name: 'worker-1', labels: { zone: 'a' } }, 'what is not said stays')
})

t.test('for a machine never seen it waits: by MAC or by serial, over a restart of the word, and is taken when it is discovered', async t => {
  const bastion = await startInnerBastion(t)
  const [one, two] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  const rows = [{ mac: one.mac, name: 'worker-1', labels: { rack: '1' }, settings: { ntp: ['ntp.example'] } }, { serial: two.serial.toLowerCase(), name: 'worker-2', role: 'worker' }]
  t.match(await taken(t, bastion, rows), { rows: [{ machine: 'worker-1', seen: false }, { machine: 'worker-2', seen: false }] })
  const before = written(bastion)
  t.match(await taken(t, bastion, rows), { rows: [{ changes: [] }, { changes: [] }] })
  t.same(written(bastion), before)
  t.match(await taken(t, bastion, [{ mac: one.mac, serial: one.serial, labels: { rack: '2' } }]), { rows: [{ machine: 'worker-1', changes: [{ what: 'serial', is: one.serial }, { what: 'label rack', was: '1', is: '2' }] }] }, 'a later word about it counts')
  for (const machine of [one, two]) t.equal((await machine.discover()).status, 200)
  const detail = await detailOf(bastion, 'worker-1')
  t.match(detail.machine, { macs: [one.mac], labels: { rack: '2' }, alarms: 0 })
  t.match(detail.settings, { own: { ntp: ['ntp.example'] } })
  t.ok(detail.timeline.some(({ text }) => text === 'It has what operator said of it before it was seen: name worker-1, label rack 2, setting ntp.'))
  t.match((await detailOf(bastion, 'worker-2')).machine, { macs: [two.mac], role: 'worker' })
  t.same(bastion.room.expected.list(), [], 'nothing waits any more')
})

t.test('what waits with a MAC of one machine and the serial of another is refused on both sides, and shown', async t => {
  const bastion = await startInnerBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await taken(t, bastion, [{ mac: machine.mac, serial: 'ANOTHER', name: 'worker-1' }])
  await machine.discover()
  t.match(bastion.room.expected.list(), [{ problem: 'It is not 52:54:00:00:00:01: MAC 52:54:00:00:00:01 agrees, but serial ANOTHER was expected and it has SN-1.' }])
  const { machine: shown, timeline } = await detailOf(bastion, machine.mac)
  t.match(shown, { name: null, alarms: 1 })
  t.match(timeline.find(({ alarm }) => alarm)?.text, /imported for it \(worker-1\) was not taken: It is not/)
  t.match(await refusals(t, bastion, [{ mac: machine.mac, name: 'worker-1' }]), [/It is not 52:54.*serial ANOTHER was expected/])
  t.match(await taken(t, bastion, [{ mac: machine.mac, serial: machine.serial, name: 'worker-1' }]), { rows: [{ seen: true, machine: 'worker-1' }] }, 'the corrected word is taken at once')
  t.same(bastion.room.expected.list(), [])
})

t.test('two entries that fit one machine, and settings that it can’t have, are refused with their reason', async t => {
  const bastion = await startInnerBastion(t)
  const [one, two] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  await taken(t, bastion, [{ mac: one.mac, name: 'worker-1' }, { serial: one.serial, name: 'worker-2' }, { mac: two.mac, name: 'worker-3', settings: { network: network('52:54:00:00:00:99') } }])
  for (const machine of [one, two]) await machine.discover()
  t.match(bastion.room.expected.list().map(({ name, problem }) => [name, problem]), [['worker-1', /fits 2 entries: worker-1, worker-2/], ['worker-2', /fits 2 entries/], ['worker-3', /the card 52:54:00:00:00:99, which the machine does not have/]])
  t.same([(await detailOf(bastion, one.mac)).machine.name, (await detailOf(bastion, two.mac)).machine.alarms], [null, 1])
})

t.test('every mistake of a file is named at once, with its line, and nothing of it is taken', async t => {
  const bastion = await startInnerBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  await taken(t, bastion, [{ mac: '52:54:00:00:00:77', name: 'reserved' }])
  const told = await refusals(t, bastion, [
    { line: 2, mac: machine.mac, name: 'good' },
    { line: 3, name: 'no-identity' },
    { line: 4, mac: '52:54:00:00:00', name: 'Bad_Name', role: 'nobody', labels: { 'no good': 'x', fine: 'not fine' } },
    { line: 5, mac: machine.mac, name: 'good' },
    { line: 6, serial: machine.serial },
    { line: 7, mac: '52:54:00:00:00:78', name: 'reserved' },
    { line: 8, serial: 'To be filled by O.E.M.' },
    { line: 9, mac: '52:54:00:00:00:79', settings: { dns: ['10.0.0.300'], network: { cards: [{ mac: '52:54:00:00:00:79' }] } } },
    { line: 10, mac: '52:54:00:00:00:7a', nmae: 'x', settings: { usres: [] } },
    'text',
  ])
  for (const wanted of [
    /^line 3: which machine is meant is not said/, /^line 4: mac: "52:54:00:00:00"/, /^line 4: name: "Bad_Name"/, /^line 4: role: .*"nobody"; there are worker/, /^line 4: labels: "no good"/, /^line 4: labels: "not fine" can’t be the value of fine/,
    /^line 5: mac: 52:54:00:00:00:01 stands at line 2 already/, /^line 5: name: good stands at line 2 already/, /^line 6: it is about the same machine as line 2/, /^line 7: The name reserved is reserved by an import/, /^line 8: serial: "To be filled by O.E.M." is what many/,
    /^line 9: settings.dns.0: 10.0.0.300 is not an address/, /^line 9: settings.network.cards.0: it gets no address/, /^line 10: .*"nmae" is not known; did you mean name\?/, /^line 10: settings: "usres" is not known/, /^row 10: the row/,
  ]) t.ok(told.some(because => wanted.test(because)), `${String(wanted)} is among ${JSON.stringify(told)}`)
  t.notOk(told.some(because => because.startsWith('line 2:')))
  t.equal((await detailOf(bastion, machine.mac)).machine.name, null)
  t.equal(bastion.room.expected.list().length, 1)
})

t.test('names may change hands within one import, and not otherwise; an order or an installed system keeps its own', async t => {
  const bastion = await startInnerBastion(t)
  const [one, two] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  for (const machine of [one, two]) await machine.discover()
  await taken(t, bastion, [{ mac: one.mac, name: 'a' }, { mac: two.mac, name: 'b' }])
  t.match(await refusals(t, bastion, [{ mac: one.mac, name: 'b' }]), [/The name b is the name of another machine/])
  await taken(t, bastion, [{ mac: one.mac, name: 'b' }, { mac: two.mac, name: 'a' }])
  t.same([(await detailOf(bastion, one.mac)).machine.name, (await detailOf(bastion, two.mac)).machine.name], ['b', 'a'])
  t.equal((await bastion.control('POST', '/api/install', { machine: one.mac, name: 'b' })).status, 201)
  t.match(await refusals(t, bastion, [{ mac: one.mac, name: 'c' }]), [/b has an order that gives it the name b, not c: install is armed/])
  bastion.room.machines.putState(bastion.room.machines.listByReference(two.mac)[0]!.id, 'installed')
  t.match(await refusals(t, bastion, [{ mac: two.mac, name: 'c' }]), [/a runs a system that was installed with the name a/])
  t.match((await bastion.control('POST', '/api/install', { machine: two.mac, name: 'd', wipe: ['disk-SN-2'] })).status, 201)
  await taken(t, bastion, [{ mac: '52:54:00:00:00:99', name: 'd2' }])
  t.match((await bastion.control('POST', '/api/install', { machine: one.mac, name: 'd2' })).json(), { refusals: [{ code: 'name-taken', because: /d2 is reserved by an import/ }, {}] })
})

t.test('an import of the wrong form, without a permission, or too large is refused', async t => {
  const bastion = await startInnerBastion(t)
  t.equal((await bastion.control('POST', '/api/import', { machines: [] })).status, 400)
  t.equal((await bastion.control('POST', '/api/import', { rows: [] }, { authorization: 'Bearer nobody-knows-this' })).status, 401)
  t.match(await refusals(t, bastion, Array.from({ length: 2001 }, () => ({}))), [/at most 2000/])
  t.match(await taken(t, bastion, []), { rows: [] })
})

t.test('labels are set, changed and taken away by name, MAC or serial, of a machine never seen too; the list is chosen by them', async t => {
  const bastion = await startInnerBastion(t)
  const [one, two] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  for (const machine of [one, two]) await machine.discover()
  await taken(t, bastion, [{ mac: one.mac, name: 'worker-1' }, { serial: 'NOT-YET', name: 'worker-9', labels: { rack: '9' } }])
  const label = (machine: string, labels: object) => bastion.control('PATCH', `/api/machines/${machine}/labels`, { labels })
  t.match((await label('worker-1', { rack: '3', 'example.com/zone': 'a' })).json(), { machine: 'worker-1', seen: true, labels: { rack: '3', 'example.com/zone': 'a' }, changes: [{}, {}] })
  t.match((await label(two.serial.toLowerCase(), { rack: '4', spare: '' })).json(), { labels: { rack: '4', spare: '' } })
  t.match((await label(one.mac, { rack: '4', 'example.com/zone': null })).json(), { labels: { rack: '4' }, changes: [{ was: 'a', is: null }, { was: '3', is: '4' }] })
  t.match((await label('not-yet', { rack: '10' })).json(), { machine: 'worker-9', seen: false, labels: { rack: '10' } })
  const before = written(bastion)
  t.match((await label(one.mac, { rack: '4' })).json(), { changes: [] })
  t.same(written(bastion), before)
  const { timeline } = await detailOf(bastion, 'worker-1')
  t.match(timeline.at(-1), { evidence: 'operator', text: 'operator labelled worker-1: no label example.com/zone, label rack 4.' })
  const chosen = async (...labels: string[]) => ((await bastion.control('GET', `/api/machines?${labels.map(one => `label=${encodeURIComponent(one)}`).join('&')}`)).json() as { machines: { macs: string[], name: string | null, state: string }[] }).machines.map(({ name, macs }) => name ?? macs[0])
  t.same(await chosen('rack=4'), ['worker-1', two.mac])
  t.same(await chosen('rack', '!spare'), ['worker-1', 'worker-9'])
  t.same(await chosen('rack!=4'), ['worker-9'])
  t.equal((await bastion.control('GET', '/api/machines?label=%3D')).status, 400)
  for (const [machine, labels, status] of [['worker-1', { 'a b': 'x' }, 409], ['worker-1', { a: 'x'.repeat(64) }, 409], ['worker-1', { a: 7 }, 400], ['worker-1', Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, ''])), 409], ['nobody', { a: 'x' }, 404]] as const) t.equal((await label(machine, labels)).status, status)
  t.match((await detailOf(bastion, 'worker-9')).machine, { state: 'expected', name: 'worker-9', serial: 'NOT-YET', labels: { rack: '10' } })
  t.equal((await bastion.control('DELETE', '/api/machines/worker-9')).status, 204)
  t.same(bastion.room.expected.list(), [])
})
