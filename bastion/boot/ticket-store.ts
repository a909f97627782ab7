import { uuidv7, type Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import { groupedWrites, type GroupedWrites } from '../platform/grouped-writes.ts'
import { hashSecret, newSecret } from '../platform/secret.ts'

/** What a ticket was made for. */
export type Purpose = 'discover' | 'install' | 'rescue' | 'erase'

/** A ticket: opens one boot's overlay, until the facts. Its secret is stored hashed. */
export interface Ticket {
  id: string
  purpose: Purpose
  machine: string | null
  order: string | null
  attempt: number | null
  mac: string
  uuid: string | null
  serial: string | null
  publicKey: string | null
  voidBecause: string | null
  madeAt: number
  lastWordAt: number
  /** Where its boot last spoke from; null before its first word, and where leases say whose an address is. */
  address: string | null
}

/** What a new ticket is made of. */
export interface NewTicket { purpose: Purpose, machine: string | null, order: string | null, attempt: number | null, mac: string, uuid: string | null, serial: string | null }

interface Row {
  id: string, purpose: Purpose, machine: string | null, order_id: string | null, attempt: number | null, mac: string, uuid: string | null
  serial: string | null, public_key: string | null, void_because: string | null, made_at: number, last_word_at: number, address: string | null
}

/** Tickets kept that were never used: of one MAC, and of all machines never seen together. More than these is a flood, and its oldest are long given up. */
const unusedKept = { perMac: 500, ofStrangers: 20_000 }
const trimEvery = 128

/** Why the tickets of a contested order are void. */
export const contestedBecause = 'its order is contested'

/** Tickets, and the bearers that the overlays they open carry. */
export class TicketStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #writes: GroupedWrites
  readonly #insert
  readonly #lastWord
  readonly #address
  readonly #trims
  #puts = 0

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#writes = groupedWrites(database)
    this.#insert = this.#writes.prepare('INSERT INTO tickets (id, hash, purpose, machine, order_id, attempt, mac, uuid, serial, made_at, last_word_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#lastWord = this.#writes.prepare('UPDATE tickets SET last_word_at = ? WHERE id = ?')
    this.#address = this.#writes.prepare('UPDATE tickets SET address = ? WHERE id = ?')
    const unused = 'public_key IS NULL AND void_because IS NULL AND'
    this.#trims = {
      perMac: this.#writes.prepare(`DELETE FROM tickets INDEXED BY tickets_unused WHERE ${unused} mac = ? AND id <= (SELECT id FROM tickets INDEXED BY tickets_unused WHERE ${unused} mac = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`),
      ofStrangers: this.#writes.prepare(`DELETE FROM tickets INDEXED BY tickets_of_strangers WHERE ${unused} machine IS NULL AND id <= (SELECT id FROM tickets INDEXED BY tickets_of_strangers WHERE ${unused} machine IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)`),
    }
  }

  /** Makes a ticket and gives its secret, this once. It outlives the process once {@link kept} resolves; one that a power cut took opens nothing, and its machine asks again. */
  put(given: NewTicket): { ticket: Ticket, secret: string } {
    const now = this.#clock()
    const secret = newSecret()
    const id = uuidv7(now)
    this.#writes.add(this.#insert, id, hashSecret(secret), given.purpose, given.machine, given.order, given.attempt, given.mac, given.uuid, given.serial, now, now)
    this.#puts += 1
    if (this.#puts % trimEvery === 0) this.#removeUnused(given.mac)
    return { ticket: { id, ...given, publicKey: null, voidBecause: null, madeAt: now, lastWordAt: now, address: null }, secret }
  }

  /** Resolves when every ticket made so far outlives the process: many that are made at once share one transaction. Rejects where the database takes none. */
  kept(): Promise<void> {
    return this.#writes.written()
  }

  findById(id: string): Ticket | null {
    return one(this.#database.prepare<[string], Row>('SELECT * FROM tickets WHERE id = ?').get(id))
  }

  /** The ticket that a secret from a URL opens, valid or not. */
  findBySecret(secret: string): Ticket | null {
    return one(this.#database.prepare<[Buffer], Row>('SELECT * FROM tickets WHERE hash = ?').get(hashSecret(secret)))
  }

  /** The ticket that a bearer speaks for, valid or not. */
  findByBearer(bearer: string): Ticket | null {
    return one(this.#database.prepare<[Buffer], Row>('SELECT * FROM tickets WHERE id = (SELECT ticket FROM bearers WHERE hash = ?)').get(hashSecret(bearer)))
  }

  /** Makes a bearer for a ticket's boot and gives it, this once. Earlier ones stay good: firmware fetches an overlay more than once. */
  putBearer(ticket: string): string {
    const bearer = newSecret()
    this.#database.prepare('INSERT INTO bearers (hash, ticket, made_at) VALUES (?, ?, ?)').run(hashSecret(bearer), ticket, this.#clock())
    return bearer
  }

  /** Binds a discovery ticket to a machine and its key. False when it was bound or void already. */
  claim(id: string, machine: string, publicKey: string): boolean {
    return this.#database.prepare('UPDATE tickets SET machine = ?, public_key = ?, last_word_at = ? WHERE id = ? AND public_key IS NULL AND void_because IS NULL')
      .run(machine, publicKey, this.#clock(), id).changes === 1
  }

  putLastWord(id: string): void {
    this.#writes.add(this.#lastWord, this.#clock(), id)
  }

  putAddress(id: string, address: string): void {
    this.#writes.add(this.#address, address, id)
  }

  /** Makes the tickets of an order void that have not been used. */
  voidOfOrder(order: string, because: string): void {
    this.#database.prepare('UPDATE tickets SET void_because = ? WHERE order_id = ? AND void_because IS NULL AND public_key IS NULL').run(because, order)
  }

  /** The same for the tickets that were used too, with their bearers: whoever holds one may be a thief. */
  voidAllOfOrder(order: string, because: string): void {
    this.#database.prepare('UPDATE tickets SET void_because = ? WHERE order_id = ? AND void_because IS NULL').run(because, order)
  }

  #removeUnused(mac: string): void {
    this.#writes.add(this.#trims.perMac, mac, mac, unusedKept.perMac)
    this.#writes.add(this.#trims.ofStrangers, unusedKept.ofStrangers)
  }

  /** An operator's word that the first key of a contested order is the machine's: its ticket speaks again. */
  restoreFirst(order: string, publicKey: string): void {
    this.#database.prepare('UPDATE tickets SET void_because = NULL, last_word_at = ? WHERE order_id = ? AND public_key = ? AND void_because = ?').run(this.#clock(), order, publicKey, contestedBecause)
  }

  /** Removes what expired a day ago or earlier: no ticket lives longer than a day. */
  removeOld(): number {
    return this.#database.prepare('DELETE FROM tickets WHERE made_at < ?').run(this.#clock() - 2 * 86_400_000).changes
  }
}

function one(row: Row | undefined): Ticket | null {
  return row === undefined ? null : {
    id: row.id, purpose: row.purpose, machine: row.machine, order: row.order_id, attempt: row.attempt, mac: row.mac, uuid: row.uuid, serial: row.serial,
    publicKey: row.public_key, voidBecause: row.void_because, madeAt: row.made_at, lastWordAt: row.last_word_at, address: row.address,
  }
}
