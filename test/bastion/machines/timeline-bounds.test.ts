import t from 'tap'
import { sampleStores } from '../../lib/sample-stores.ts'

const count = (stores: ReturnType<typeof sampleStores>, where: string) => stores.database.prepare<[], { count: number }>(`SELECT count(*) AS count FROM timeline WHERE ${where}`).get()!.count
const dispatched = { machine: 'm1', mac: '52:54:00:00:00:01', phase: 'dispatched', evidence: 'http', text: 'm1 is installed.' }

t.test('what repeats itself at once is written once; after a while, or with anything in between, again', async t => {
  const stores = sampleStores(t)
  const put = (more: object = {}) => stores.timeline.putOnce({ ...dispatched, ...more }, 15_000) !== null
  t.same([put(), put(), put()], [true, false, false])
  stores.time.now += 15_000
  t.same([put(), put()], [true, false])
  t.same([put({ text: 'another' }), put()], [true, true], 'something else came in between')
  t.same([put({ alarm: true }), put({ mac: '52:54:00:00:00:02' }), put({ machine: null })], [true, true, true], 'nothing of it is the same')
  stores.time.now -= 60_000
  t.equal(put(), true, 'a clock that went back hides nothing')
})

t.test('a flood of what anybody can send leaves alarms, and what was proved, where they are', async t => {
  const stores = sampleStores(t)
  stores.database.pragma('synchronous = OFF')
  stores.timeline.put({ machine: 'm1', mac: null, phase: 'first-boot', evidence: 'signature', text: 'worker-1 started from its own disk.' })
  stores.timeline.put({ ...dispatched, alarm: true, text: 'Asked for from an address that holds no lease.' })
  stores.database.transaction(() => { for (let number = 0; number < 5000; number += 1) stores.timeline.put({ ...dispatched, text: `No RAM disk for arch${number} here.` }) })()
  t.ok(count(stores, `machine = 'm1' AND evidence = 'http' AND alarm = 0`) <= 1128)
  t.match(stores.timeline.list('m1', 0, 5).at(-1), { text: 'No RAM disk for arch4999 here.' }, 'the newest stay')
  t.equal(stores.timeline.countAlarms('m1'), 1)
  t.equal(count(stores, `phase = 'first-boot'`), 1)
  stores.database.transaction(() => { for (let number = 0; number < 3000; number += 1) stores.timeline.put({ ...dispatched, alarm: true, text: `alarm ${number}` }) })()
  t.ok(count(stores, 'alarm = 1') <= 628)
  stores.database.transaction(() => { for (let number = 0; number < 6000; number += 1) stores.timeline.put({ ...dispatched, evidence: 'bearer', text: `word ${number}` }) })()
  t.ok(count(stores, `evidence = 'bearer'`) <= 4128)
  t.ok(count(stores, `machine = 'm1'`) <= 6000, 'a machine has no more than six thousand entries, whatever it or others do')
})

t.test('a MAC that is no machine’s is bounded as well, and no other one pays for it', async t => {
  const stores = sampleStores(t)
  stores.database.pragma('synchronous = OFF')
  stores.timeline.put({ machine: null, mac: '52:54:00:00:00:aa', phase: 'dhcp', evidence: 'dhcp-log', text: 'DHCP discover' })
  stores.database.transaction(() => { for (let number = 0; number < 4000; number += 1) stores.timeline.put({ machine: null, mac: '52:54:00:00:00:bb', phase: 'dhcp', evidence: 'dhcp-log', text: `DHCP discover ${number}` }) })()
  t.ok(count(stores, `mac = '52:54:00:00:00:bb'`) <= 1128)
  t.equal(count(stores, `mac = '52:54:00:00:00:aa'`), 1)
})

t.test('tickets that nobody uses are bounded, and those in use stay', async t => {
  const stores = sampleStores(t)
  stores.database.pragma('synchronous = OFF')
  const given = { purpose: 'discover' as const, machine: null, order: null, attempt: null, mac: '52:54:00:00:00:cc', uuid: null, serial: null }
  const used = stores.tickets.put(given).ticket
  stores.tickets.claim(used.id, 'm1', 'a key')
  stores.database.transaction(() => { for (let number = 0; number < 2000; number += 1) { stores.time.now += 1; stores.tickets.put(given) } })()
  const kept = stores.database.prepare<[], { count: number }>('SELECT count(*) AS count FROM tickets').get()!.count
  t.ok(kept <= 629, `${kept} are kept`)
  t.match(stores.tickets.findById(used.id), { publicKey: 'a key' })
  stores.database.exec(`INSERT INTO tickets (id, hash, purpose, mac, made_at, last_word_at) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000) SELECT printf('00-%06d', i), randomblob(32), 'discover', printf('02:00:00:00:%04x', i), 0, 0 FROM n`)
  stores.database.transaction(() => { for (let number = 0; number < 256; number += 1) stores.tickets.put({ ...given, mac: `02:00:00:01:00:${number.toString(16).padStart(2, '0')}` }) })()
  t.ok(stores.database.prepare<[], { count: number }>('SELECT count(*) AS count FROM tickets').get()!.count <= 20_130)
  t.match(stores.tickets.findById(used.id), { publicKey: 'a key' })
})
