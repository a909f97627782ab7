import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { sampleStores } from '../../lib/sample-stores.ts'

const wanted = { machine: 'm1', name: 'worker-1', role: 'worker', os: 'debian-13', wipe: [] }
const ticketOf = (stores: ReturnType<typeof sampleStores>, order: string, attempt: number) =>
  stores.tickets.put({ purpose: 'install', machine: 'm1', order, attempt, mac: '52:54:00:00:00:01', uuid: null, serial: null }).ticket

t.test('an order is armed, consumed once, and names its machine', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  t.match(order, { state: 'armed', attempt: 1, name: 'worker-1' })
  const first = ticketOf(stores, order.id, 1)
  const second = ticketOf(stores, order.id, 1)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: first.id, publicKey: 'key A', plan: { a: 1 } }), true)
  t.match(stores.orders.findById(order.id), { state: 'installing', consumedAttempt: 1, publicKey: 'key A', plan: { a: 1 } })
  t.equal(stores.machines.findById('m1')!.name, 'worker-1')
  t.match(stores.tickets.findById(second.id)!.voidBecause, /another ticket of its order was used/)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: second.id, publicKey: 'key B', plan: { b: 1 } }), false, 'a void ticket claims nothing')
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: first.id, publicKey: 'key B', plan: { b: 1 } }), false, 'a bound ticket claims nothing')
  t.match(stores.orders.findById(order.id), { publicKey: 'key A', plan: { a: 1 } })
})

t.test('a claim of an order that is no longer armed changes nothing, the ticket included', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const ticket = ticketOf(stores, order.id, 1)
  stores.orders.putState(order.id, ['armed'], 'cancelled', 'test')
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: ticket.id, publicKey: 'key A', plan: {} }), false)
  t.equal(stores.tickets.findById(ticket.id)!.publicKey, null)
  t.equal(stores.machines.findById('m1')!.name, null)
})

t.test('a consumed order survives the process that consumed it', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const ticket = ticketOf(stores, order.id, 1)
  const program = `
    import { OrderStore } from '${import.meta.resolve('../../../bastion/install/order-store.ts')}'
    import { openDatabase } from '${import.meta.resolve('../../../bastion/platform/database.ts')}'
    const orders = new OrderStore(openDatabase(process.argv[1]), Date.now)
    orders.claim({ order: process.argv[2], attempt: 1, ticket: process.argv[3], publicKey: 'key A', plan: {} })
    process.kill(process.pid, 'SIGKILL')`
  const ended = await promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', program, stores.path, order.id, ticket.id]).catch((error: unknown) => error)
  t.match(ended, { signal: 'SIGKILL' })
  const again = openDatabase(stores.path)
  t.match(again.prepare('SELECT state, public_key FROM orders').get(), { state: 'installing', public_key: 'key A' })
  t.equal(again.pragma('integrity_check', { simple: true }), 'ok')
  again.close()
})

t.test('a hundred claimants of one order have one winner', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const tickets = Array.from({ length: 100 }, () => ticketOf(stores, order.id, 1))
  const won = tickets.filter((ticket, index) => stores.orders.claim({ order: order.id, attempt: 1, ticket: ticket.id, publicKey: `key ${index}`, plan: {} }))
  t.equal(won.length, 1)
})

t.test('one machine has one open order, and a name is reserved by one', async t => {
  const stores = sampleStores(t)
  stores.machines.put({ id: 'm2', uuid: null, serial: 'SN-2', macs: ['52:54:00:00:00:02'], address: null, facts: stores.machines.findById('m1')!.facts, now: 0 })
  stores.orders.put(wanted)
  t.throws(() => stores.orders.put({ ...wanted, name: 'worker-2' }), /UNIQUE/)
  t.throws(() => stores.orders.put({ ...wanted, machine: 'm2' }), /UNIQUE/)
})

t.test('a failed order can be retried; its old tickets are void; a newer order takes its place', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const ticket = ticketOf(stores, order.id, 1)
  t.equal(stores.orders.putRetry(order.id, []), false, 'an armed order has nothing to retry')
  stores.orders.putState(order.id, ['armed'], 'failed', 'the disk vanished')
  t.equal(stores.orders.putRetry(order.id, ['disk-1']), true)
  t.match(stores.orders.findById(order.id), { state: 'armed', attempt: 2, because: null, wipe: ['disk-1'] })
  t.match(stores.tickets.findById(ticket.id)!.voidBecause, /retried/)
  stores.orders.putState(order.id, ['armed'], 'failed', 'again')
  const next = stores.orders.put({ ...wanted, name: 'worker-9' })
  t.equal(stores.orders.findById(order.id)!.state, 'cancelled')
  t.equal(stores.orders.findOpen('m1')!.id, next.id)
})
