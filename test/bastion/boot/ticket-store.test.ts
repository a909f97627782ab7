import { readFileSync } from 'node:fs'
import t from 'tap'
import { judgeTicket } from '../../../bastion/boot/judge-ticket.ts'
import { sampleStores } from '../../lib/sample-stores.ts'

const life = { sinceLastWordMs: 60 * 60_000, atMostMs: 24 * 3_600_000 }
const discovery = { purpose: 'discover', machine: null, order: null, attempt: null, mac: '52:54:00:00:00:01', uuid: null, serial: null } as const

t.test('a ticket is found by its secret, which is nowhere in the database', async t => {
  const stores = sampleStores(t)
  const { ticket, secret } = stores.tickets.put(discovery)
  t.match(secret, /^[A-Za-z0-9_-]{22}$/, '128 bits, base64url')
  t.equal(stores.tickets.findBySecret(secret)!.id, ticket.id)
  t.equal(stores.tickets.findBySecret(`${secret}x`), null)
  const bearer = stores.tickets.putBearer(ticket.id)
  t.equal(stores.tickets.findByBearer(bearer)!.id, ticket.id)
  t.equal(stores.tickets.findByBearer(secret), null, 'the URL’s secret is no bearer')
  t.equal(stores.tickets.findBySecret(bearer), null, 'the bearer is no ticket')
  stores.database.pragma('wal_checkpoint(TRUNCATE)')
  const bytes = readFileSync(stores.path)
  t.notOk(bytes.includes(secret) || bytes.includes(bearer), 'only hashes are stored')
})

t.test('a ticket is good until an hour after the last word, and a day at most', async t => {
  const stores = sampleStores(t)
  const { ticket } = stores.tickets.put(discovery)
  const judged = (use: 'overlay' | 'conversation' = 'overlay') => judgeTicket(stores.tickets.findById(ticket.id), use, stores.time.now, life)?.code ?? null
  t.equal(judged(), null)
  stores.time.now += life.sinceLastWordMs
  t.equal(judged(), null)
  stores.time.now += 1
  t.equal(judged(), 'ticket-expired')
  stores.tickets.putLastWord(ticket.id)
  t.equal(judged(), null)
  for (let hour = 0; hour < 24; hour += 1) {
    stores.time.now += 3_600_000
    stores.tickets.putLastWord(ticket.id)
  }
  t.equal(judged(), 'ticket-expired', 'however much it talks')
})

t.test('after the facts the overlay is closed and the conversation goes on, for one key', async t => {
  const stores = sampleStores(t)
  const { ticket } = stores.tickets.put(discovery)
  t.equal(stores.tickets.claim(ticket.id, 'm1', 'key A'), true)
  t.equal(stores.tickets.claim(ticket.id, 'm1', 'key B'), false)
  const bound = stores.tickets.findById(ticket.id)
  t.equal(bound!.publicKey, 'key A')
  t.equal(judgeTicket(bound, 'overlay', stores.time.now, life)!.code, 'ticket-used')
  t.equal(judgeTicket(bound, 'conversation', stores.time.now, life), null)
  t.equal(judgeTicket(null, 'overlay', stores.time.now, life)!.code, 'ticket-unknown')
})

t.test('tickets older than any may be are removed, those of orders too, and what strangers leave on the timeline is bounded', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put({ machine: 'm1', kind: 'install', name: 'worker-1', role: 'worker', os: 'debian-13', wipe: [], accept: [], shown: null })
  const { ticket } = stores.tickets.put({ ...discovery, purpose: 'install', machine: 'm1', order: order.id, attempt: 1 })
  stores.time.now += 2 * 86_400_000
  t.equal(stores.tickets.removeOld(), 0)
  stores.time.now += 1
  t.equal(stores.tickets.removeOld(), 1)
  t.equal(stores.tickets.findById(ticket.id), null)

  const say = (mac: string) => stores.timeline.put({ machine: null, mac, phase: 'dispatched', evidence: 'http', text: 'x' })
  stores.database.transaction(() => {
    say('52:54:00:00:00:01')
    for (let count = 0; count < 20_005; count += 1) say(`02:00:00:00:${(count >> 8).toString(16).padStart(2, '0')}:${(count & 255).toString(16).padStart(2, '0')}`)
  })()
  stores.timeline.removeOld()
  t.same(stores.database.prepare(`SELECT mac LIKE '02:%' AS strange, count(*) AS count FROM timeline GROUP BY 1 ORDER BY 1`).all(), [{ strange: 0, count: 1 }, { strange: 1, count: 20_000 }])
})
