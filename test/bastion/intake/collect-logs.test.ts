import t, { type Test } from 'tap'
import { LogCollector, type LogRates } from '../../../bastion/intake/collect-logs.ts'
import { LogStore, type LogBounds, type Sender } from '../../../bastion/intake/log-store.ts'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { sampleFacts } from '../../lib/sample-facts.ts'
import { MachineStore } from '../../../bastion/machines/machine-store.ts'

const wide: LogBounds = { machine: { lines: 1e6, bytes: 1e9 }, stranger: { lines: 1e6, bytes: 1e9 }, strangers: { lines: 1e6, bytes: 1e9 }, all: { lines: 1e6, bytes: 1e9 } }
const rates: LogRates = { sender: 1000, strangers: 1000, all: 100_000 }
const mac = '52:54:00:00:00:01'

/** A collector over a real database with the machine `m1` at 10.0.0.1; everybody else is a stranger. */
function surroundings(t: Test, bounds: Partial<LogBounds> = {}, more: Partial<LogRates> = {}) {
  const database = openDatabase(`${t.testdir()}/x.sqlite`)
  t.teardown(() => database.close())
  new MachineStore(database).put({ id: 'm1', uuid: null, serial: 'x', macs: [mac], address: '10.0.0.1', facts: sampleFacts(), now: 1 })
  const time = { now: 1_000_000 }
  const store = new LogStore(database, { ...wide, ...bounds })
  const looked: string[] = []
  const whoIs = (address: string): Sender => { looked.push(address); return { machine: address === '10.0.0.1' ? 'm1' : null, mac: null, address } }
  const collector = new LogCollector(store, () => time.now, whoIs, { ...rates, ...more })
  const send = (address: string, count: number, text = 'x') => { for (let at = 0; at < count; at += 1) collector.take(address, Buffer.from(`<3>p: ${text} ${at}`)) }
  return { database, store, collector, send, time, looked }
}

t.test('lines are stored under the machine that the address is of, else under the address, and read back from behind any of them', async t => {
  const { store, collector, send, looked } = surroundings(t)
  send('10.0.0.1', 3)
  send('10.0.0.9', 2)
  t.same(store.ofMachine('m1', [mac], 0, 10), [], 'nothing before the flush')
  t.equal(collector.flush().stored.length, 2)
  const lines = store.ofMachine('m1', [mac], 0, 10)
  t.match(lines, [{ severity: 3, program: 'p', text: 'x 0', address: '10.0.0.1', dropped: 0 }, { text: 'x 1' }, { text: 'x 2' }])
  t.match(store.ofMachine('m1', [mac], lines[1]!.id, 10), [{ text: 'x 2' }])
  t.match(store.ofMachine('m1', [mac], 0, 1), [{ text: 'x 2' }], 'the newest')
  t.match(store.ofStranger({ address: '10.0.0.9' }, 0, 10), [{ text: 'x 0' }, { text: 'x 1' }])
  t.same(new Map(store.senders(10).map(({ machine, address, lines }) => [machine ?? address, lines])), new Map([['10.0.0.9', 2], ['m1', 3]]))
  t.same(looked, ['10.0.0.1', '10.0.0.9'], 'each address was looked up once')
})

t.test('what comes too quickly is dropped, and its count stands among the lines', async t => {
  const { store, collector, send, time } = surroundings(t, {}, { sender: 10 })
  send('10.0.0.1', 500)
  while (collector.flush().more) { /* on */ }
  const lines = store.ofMachine('m1', [mac], 0, 1000)
  t.equal(lines.filter(line => line.dropped === 0).length, 100, 'ten seconds’ worth at once')
  t.match(lines.at(-1), { dropped: 400, severity: 4, text: /^400 lines were dropped here/ })
  time.now += 1000
  send('10.0.0.1', 50)
  collector.flush()
  t.equal(store.ofMachine('m1', [mac], 0, 1000).filter(line => line.dropped > 0).length, 1, 'not told again at once')
  time.now += 5000
  collector.flush()
  t.match(store.ofMachine('m1', [mac], 0, 1000).at(-1), { dropped: 40 })
  t.same(collector.counts, { taken: 110, dropped: 440 })
})

t.test('a flush is bounded, and goes on where it stopped', async t => {
  const { collector, send, store } = surroundings(t)
  send('10.0.0.1', 2500)
  t.same([collector.flush().more, collector.flush().more, collector.flush().more], [true, true, false])
  const lines = store.ofMachine('m1', [mac], 0, 10_000)
  t.same(lines.map(line => line.text), Array.from({ length: 2500 }, (_, at) => `x ${at}`))
  t.same(lines.map(line => line.id), lines.map(line => line.id).toSorted((one, other) => one - other))
})

t.test('the oldest lines of a machine go first, by lines and by bytes, and nobody else’s', async t => {
  const { store, collector, send, time } = surroundings(t, { machine: { lines: 300, bytes: 1e9 }, stranger: { lines: 1e6, bytes: 20_000 } })
  for (let turn = 0; turn < 40; turn += 1) {
    send('10.0.0.1', 50, `turn ${turn}`)
    send('10.0.0.9', 50, 'y'.repeat(100))
    collector.flush()
    time.now += 1000
  }
  const lines = store.ofMachine('m1', [mac], 0, 10_000)
  t.ok(lines.length >= 250 && lines.length <= 300 + 16 * 50, `${lines.length} lines are left`)
  t.equal(lines.at(-1)?.text, 'turn 39 49')
  const strangers = store.ofStranger({ address: '10.0.0.9' }, 0, 10_000)
  t.ok(strangers.length > 20 && strangers.length * 100 < 20_000 + 16 * 50 * 150, `${strangers.length} lines of the stranger are left`)
})

t.test('strangers together, however many addresses they have, push out no machine’s lines', async t => {
  const { store, collector, send, time } = surroundings(t, { strangers: { lines: 1000, bytes: 1e9 }, all: { lines: 5000, bytes: 1e9 } })
  send('10.0.0.1', 500)
  collector.flush()
  for (let turn = 0; turn < 400; turn += 1) {
    send(`10.9.${turn >> 8}.${turn & 255}`, 30)
    collector.flush()
    time.now += 1000
  }
  t.equal(store.ofMachine('m1', [mac], 0, 10_000).length, 500)
  const kept = store.senders(1000).filter(({ machine }) => machine === null).reduce((sum, { lines }) => sum + lines, 0)
  t.ok(kept >= 900 && kept <= 1000 + 200 * 30, `${kept} of 12,000 lines of strangers are left`)
})

t.test('a flood from ever new addresses is not looked up, and counted', async t => {
  const { collector, looked } = surroundings(t)
  for (let at = 0; at < 50_000; at += 1) collector.take(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, Buffer.from('<1>x'))
  t.ok(looked.length <= 2000, `${looked.length} lookups`)
  t.equal(collector.takeUnknownDropped(), 50_000 - looked.length)
  t.equal(collector.takeUnknownDropped(), 0)
})

t.test('a machine that is forgotten takes its lines along, also those that wait', async t => {
  const { database, store, collector, send } = surroundings(t)
  send('10.0.0.1', 2)
  collector.flush()
  send('10.0.0.1', 1)
  new MachineStore(database).remove('m1')
  collector.flush()
  t.same(store.ofMachine('m1', [mac], 0, 10), [])
  t.equal(store.ofStranger({ address: '10.0.0.1' }, 0, 10).length, 1, 'what came later stands under its address')
})

t.test('what a MAC sent before it was a machine is the machine’s afterwards', async t => {
  const { database } = surroundings(t)
  const store = new LogStore(database, wide)
  const line = { at: 1, severity: null, program: null, text: 'early', dropped: 0 }
  store.put([{ sender: { machine: null, mac, address: '10.0.0.1' }, lines: [line] }])
  t.match(store.ofMachine('m1', [mac], 0, 10), [{ text: 'early' }])
})
