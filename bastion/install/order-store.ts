import type { Order, OrderKind, OrderState } from '../../protocol/machines.ts'
import type { Proof } from '../../protocol/plan-request.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import type { Clock } from '../platform/clock.ts'
import { uuidv7 } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import { RecordStore } from '../volumes/record-store.ts'

/** An order with what only the bastion needs: the machine, the key that consumed it, the plan that its operator was shown, the plan answered (the disks of an erase from its arming on), and the proof. */
export interface StoredOrder extends Omit<Order, 'planShown'> {
  machine: string
  consumedAttempt: number | null
  publicKey: string | null
  /** Null for an order of which no plan was shown. */
  shown: StoragePlan | null
  plan: unknown
  proof: Proof | null
}

/** What a new order is made of. `plan`: what is known of it before its machine asks; an order to erase has its disks there, as they were named and typed. */
export interface NewOrder { machine: string, kind: OrderKind, name: string, role: string, os: string, wipe: readonly string[], accept: readonly string[], shown: StoragePlan | null, plan?: unknown }

interface Row {
  id: string, machine: string, kind: OrderKind, state: OrderState, name: string, role: string, os: string, wipe: string, accept: string, shown: string | null, attempt: number
  consumed_attempt: number | null, public_key: string | null, plan: string | null, proof: string | null, phase: string | null, percent: number | null
  because: string | null, created_at: number, updated_at: number
}

const open = `state IN ('armed', 'installing', 'failed', 'contested')`

/** All orders. The rule is elsewhere and pure; the race is one conditional UPDATE here. */
export class OrderStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #records: RecordStore

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#records = new RecordStore(database, clock)
  }

  findById(id: string): StoredOrder | null {
    return one(this.#database.prepare<[string], Row>('SELECT * FROM orders WHERE id = ?').get(id))
  }

  /** The machine's order that is armed, installing, failed or contested; there is at most one. */
  findOpen(machine: string): StoredOrder | null {
    return one(this.#database.prepare<[string], Row>(`SELECT * FROM orders WHERE machine = ? AND ${open}`).get(machine))
  }

  /** The machine's newest order, whatever its state. */
  findLatest(machine: string): StoredOrder | null {
    return one(this.#database.prepare<[string], Row>('SELECT * FROM orders WHERE machine = ? ORDER BY created_at DESC, id DESC LIMIT 1').get(machine))
  }

  /** All orders of a machine, newest first. */
  list(machine: string): StoredOrder[] {
    return this.#database.prepare<[string], Row>('SELECT * FROM orders WHERE machine = ? ORDER BY created_at DESC, id DESC').all(machine).map(order)
  }

  /** The open order that has reserved a name, or null. */
  findOpenByName(name: string): StoredOrder | null {
    return one(this.#database.prepare<[string], Row>(`SELECT * FROM orders WHERE name = ? AND ${open}`).get(name))
  }

  /** Arms a new order. A failed one of the same machine gives way to it. */
  put(given: NewOrder): StoredOrder {
    const now = this.#clock()
    const id = uuidv7(now)
    this.#database.transaction(() => {
      this.#database.prepare(`UPDATE orders SET state = 'cancelled', because = 'A newer order took its place.', updated_at = ? WHERE machine = ? AND state = 'failed'`).run(now, given.machine)
      this.#database.prepare(`INSERT INTO orders (id, machine, kind, state, name, role, os, wipe, accept, shown, plan, attempt, created_at, updated_at) VALUES (?, ?, ?, 'armed', ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`)
        .run(id, given.machine, given.kind, given.name, given.role, given.os, JSON.stringify(given.wipe), JSON.stringify(given.accept), orNull(given.shown), orNull(given.plan ?? null), now, now)
    }).immediate()
    return this.findById(id)!
  }

  /** Consumes an armed attempt for a machine's key, with the plan that is about to be answered and what it makes of the machine's storage record (null leaves that as it is), and makes its other tickets void; all of it on disk when this returns. False when it was no longer armed: somebody else was first, and nothing was changed. */
  claim(given: { order: string, attempt: number, ticket: string, publicKey: string, plan: unknown, record: StorageRecord | null }): boolean {
    const now = this.#clock()
    const claimBoth = this.#database.transaction(() => {
      const bound = this.#database.prepare('UPDATE tickets SET public_key = ?, last_word_at = ? WHERE id = ? AND public_key IS NULL AND void_because IS NULL').run(given.publicKey, now, given.ticket)
      if (bound.changes !== 1) return false
      const claimed = this.#database.prepare(`UPDATE orders SET state = 'installing', consumed_attempt = attempt, public_key = ?, plan = ?, phase = 'facts', percent = NULL, because = NULL, updated_at = ?
        WHERE id = ? AND state = 'armed' AND attempt = ?`).run(given.publicKey, JSON.stringify(given.plan), now, given.order, given.attempt)
      if (claimed.changes !== 1) throw new NotClaimed()
      this.#database.prepare(`UPDATE tickets SET void_because = 'another ticket of its order was used' WHERE order_id = ? AND id <> ? AND void_because IS NULL`).run(given.order, given.ticket)
      const { machine, kind, name } = this.findById(given.order)!
      if (kind === 'install' || kind === 'reprovision') this.#database.prepare('UPDATE machines SET name = ? WHERE id = ?').run(name, machine)
      if (given.record !== null) this.#records.put(machine, given.record)
      return true
    })
    try { return claimBoth.immediate() } catch (error) {
      if (error instanceof NotClaimed) return false
      throw error
    }
  }

  /** Moves an order from one of `from` to `to`. False when it was in none of them, and nothing was changed. */
  putState(id: string, from: readonly OrderState[], to: OrderState, because: string | null): boolean {
    return this.#database.prepare(`UPDATE orders SET state = ?, because = ?, updated_at = ? WHERE id = ? AND state IN (SELECT value FROM json_each(?))`)
      .run(to, because, this.#clock(), id, JSON.stringify(from)).changes === 1
  }

  /** Arms the next attempt of a failed or contested order. Tickets of the earlier ones that were not used are void; the one that was used goes on speaking for the boot that waits in its RAM disk, and for nothing that writes. */
  putRetry(id: string, given: Pick<NewOrder, 'wipe' | 'accept' | 'shown'>): boolean {
    return this.#database.transaction(() => {
      const changed = this.#database.prepare(`UPDATE orders SET state = 'armed', attempt = attempt + 1, phase = NULL, percent = NULL, because = NULL, wipe = ?, accept = ?, shown = ?, updated_at = ? WHERE id = ? AND state IN ('failed', 'contested')`)
        .run(JSON.stringify(given.wipe), JSON.stringify(given.accept), orNull(given.shown), this.#clock(), id).changes === 1
      if (changed) this.#database.prepare(`UPDATE tickets SET void_because = 'its order was retried' WHERE order_id = ? AND void_because IS NULL AND public_key IS NULL`).run(id)
      return changed
    }).immediate()
  }

  putProof(id: string, proof: Proof): void {
    this.#database.prepare('UPDATE orders SET proof = ?, updated_at = ? WHERE id = ?').run(JSON.stringify(proof), this.#clock(), id)
  }

  putProgress(id: string, phase: string, percent: number | null): void {
    this.#database.prepare('UPDATE orders SET phase = ?, percent = ?, updated_at = ? WHERE id = ?').run(phase, percent, this.#clock(), id)
  }
}

class NotClaimed extends Error {}

const orNull = (value: unknown): string | null => value === null ? null : JSON.stringify(value)
const parsed = (text: string | null): unknown => text === null ? null : JSON.parse(text)

function one(row: Row | undefined): StoredOrder | null {
  return row === undefined ? null : order(row)
}

/** Plans are read when somebody looks at them: a dispatch does not. */
function order(row: Row): StoredOrder {
  return {
    id: row.id, machine: row.machine, kind: row.kind, state: row.state, name: row.name, role: row.role, os: row.os,
    wipe: JSON.parse(row.wipe) as string[], accept: JSON.parse(row.accept) as string[], attempt: row.attempt, consumedAttempt: row.consumed_attempt, publicKey: row.public_key,
    get shown() { return parsed(row.shown) as StoragePlan | null }, get plan() { return parsed(row.plan) }, get proof() { return parsed(row.proof) as Proof | null }, phase: row.phase, percent: row.percent, because: row.because,
    createdAt: row.created_at, updatedAt: row.updated_at,
  }
}
