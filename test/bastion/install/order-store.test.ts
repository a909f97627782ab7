import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../../protocol/storage-record.ts'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { sampleStores } from '../../lib/sample-stores.ts'

const wanted = { machine: 'm1', kind: 'install', name: 'worker-1', role: 'worker', os: 'debian-13', wipe: [], accept: [], shown: null } as const
const ticketOf = (stores: ReturnType<typeof sampleStores>, order: string, attempt: number) =>
  stores.tickets.put({ purpose: 'install', machine: 'm1', order, attempt, mac: '52:54:00:00:00:01', uuid: null, serial: null }).ticket

t.test('an order is armed, consumed once, and names its machine', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  t.match(order, { state: 'armed', attempt: 1, name: 'worker-1' })
  const first = ticketOf(stores, order.id, 1)
  const second = ticketOf(stores, order.id, 1)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: first.id, publicKey: 'key A', plan: { a: 1 }, record: null }), true)
  t.match(stores.orders.findById(order.id), { state: 'installing', consumedAttempt: 1, publicKey: 'key A', plan: { a: 1 } })
  t.equal(stores.machines.findById('m1')!.name, 'worker-1')
  t.match(stores.tickets.findById(second.id)!.voidBecause, /another ticket of its order was used/)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: second.id, publicKey: 'key B', plan: { b: 1 }, record: null }), false, 'a void ticket claims nothing')
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: first.id, publicKey: 'key B', plan: { b: 1 }, record: null }), false, 'a bound ticket claims nothing')
  t.match(stores.orders.findById(order.id), { publicKey: 'key A', plan: { a: 1 } })
})

t.test('a claim of an order that is no longer armed changes nothing, the ticket included', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const ticket = ticketOf(stores, order.id, 1)
  stores.orders.putState(order.id, ['armed'], 'cancelled', 'test')
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: ticket.id, publicKey: 'key A', plan: {}, record: null }), false)
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
    orders.claim({ order: process.argv[2], attempt: 1, ticket: process.argv[3], publicKey: 'key A', plan: {}, record: null })
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
  const won = tickets.filter((ticket, index) => stores.orders.claim({ order: order.id, attempt: 1, ticket: ticket.id, publicKey: `key ${index}`, plan: {}, record: null }))
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
  t.equal(stores.orders.putRetry(order.id, { wipe: [], accept: [], shown: null }), false, 'an armed order has nothing to retry')
  stores.orders.putState(order.id, ['armed'], 'failed', 'the disk vanished')
  t.equal(stores.orders.putRetry(order.id, { wipe: ['disk-1'], accept: ['lost-volume=srv'], shown: null }), true)
  t.match(stores.orders.findById(order.id), { state: 'armed', attempt: 2, because: null, wipe: ['disk-1'], accept: ['lost-volume=srv'] })
  t.match(stores.tickets.findById(ticket.id)!.voidBecause, /retried/)
  stores.orders.putState(order.id, ['armed'], 'failed', 'again')
  const next = stores.orders.put({ ...wanted, name: 'worker-9' })
  t.equal(stores.orders.findById(order.id)!.state, 'cancelled')
  t.equal(stores.orders.findOpen('m1')!.id, next.id)
})

t.test('the storage record is written with the claim, or not at all', async t => {
  const stores = sampleStores(t)
  const record: StorageRecord = { version: 1, machineId: 'm1', firmware: 'bios', disks: [], groups: [], volumes: [], inventory: [] }
  const order = stores.orders.put(wanted)
  const [first, second] = [ticketOf(stores, order.id, 1), ticketOf(stores, order.id, 1)]
  t.equal(stores.records.find('m1'), null)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: first.id, publicKey: 'key A', plan: {}, record }), true)
  t.same(stores.records.find('m1'), record)
  t.equal(stores.orders.claim({ order: order.id, attempt: 1, ticket: second.id, publicKey: 'key B', plan: {}, record: { ...record, firmware: 'uefi' } }), false)
  t.same(stores.records.find('m1'), record, 'the loser of the race changes no record')
  stores.orders.putState(order.id, ['installing'], 'failed', 'test')
  stores.orders.putRetry(order.id, { wipe: [], accept: [], shown: null })
  t.equal(stores.orders.claim({ order: order.id, attempt: 2, ticket: ticketOf(stores, order.id, 2).id, publicKey: 'key A', plan: {}, record: null }), true)
  t.same(stores.records.find('m1'), record, 'null leaves it')
  stores.machines.remove('m1')
  t.equal(stores.records.find('m1'), null, 'a forgotten machine has none')
})

t.test('what was shown, what was accepted and the proof are kept; a rescue names no machine', async t => {
  const stores = sampleStores(t)
  const shown = { version: 2, disks: [] } as unknown as StoragePlan
  const order = stores.orders.put({ ...wanted, kind: 'reprovision', accept: ['lost-volume=srv'], shown })
  t.match(stores.orders.findById(order.id), { kind: 'reprovision', accept: ['lost-volume=srv'], shown: { version: 2 }, proof: null })
  stores.orders.putProof(order.id, { order: order.id, rows: [], same: true })
  t.match(stores.orders.findById(order.id)!.proof, { order: order.id, same: true })
  stores.orders.putState(order.id, ['armed'], 'cancelled', 'test')
  const rescue = stores.orders.put({ ...wanted, kind: 'rescue', name: '52:54:00:00:00:01' })
  t.equal(stores.orders.claim({ order: rescue.id, attempt: 1, ticket: ticketOf(stores, rescue.id, 1).id, publicKey: 'key A', plan: null, record: null }), true)
  t.equal(stores.machines.findById('m1')!.name, null)
})

t.test('a retry leaves the ticket that was used to the boot that waits, and no other', async t => {
  const stores = sampleStores(t)
  const order = stores.orders.put(wanted)
  const [used, unused] = [ticketOf(stores, order.id, 1), ticketOf(stores, order.id, 1)]
  stores.tickets.claim(used.id, 'm1', 'key A')
  stores.orders.putState(order.id, ['armed'], 'failed', 'refused')
  t.equal(stores.orders.putRetry(order.id, { wipe: [], accept: [], shown: null }), true)
  t.equal(stores.tickets.findById(used.id)!.voidBecause, null)
  t.match(stores.tickets.findById(unused.id)!.voidBecause, /retried/)
})
