// Firmware asks /dispatch several times for one boot: within seconds it gets the same discovery ticket again, and nothing is written. Tickets of an order are each their own: a second key on one of those is an alarm.
import type { Clock } from '../platform/clock.ts'
import { judgeTicket, type TicketLife } from './judge-ticket.ts'
import type { NewTicket, TicketStore } from './ticket-store.ts'

const repeatMs = 15_000
const mostKept = 4096

/** The secrets of the last tickets, in memory only, by everything that they were made for and the address that asked. */
export class RecentTickets {
  readonly #tickets: TicketStore
  readonly #clock: Clock
  readonly #life: TicketLife
  readonly #recent = new Map<string, { id: string, secret: string, madeAt: number }>()

  constructor(tickets: TicketStore, clock: Clock, life: TicketLife) {
    this.#tickets = tickets
    this.#clock = clock
    this.#life = life
  }

  /** The secret of a ticket for this: the one of a moment ago if it is still unused, else a new one's. */
  secretFor(given: NewTicket, address: string): string {
    if (given.order !== null) return this.#tickets.put(given).secret
    const now = this.#clock()
    const key = JSON.stringify([address, given.purpose, given.machine, given.order, given.attempt, given.mac, given.uuid, given.serial])
    const last = this.#recent.get(key)
    const age = last === undefined ? Infinity : now - last.madeAt
    if (last !== undefined && age >= 0 && age < repeatMs && judgeTicket(this.#tickets.findById(last.id), 'overlay', now, this.#life) === null) return last.secret
    const { ticket, secret } = this.#tickets.put(given)
    this.#recent.delete(key)
    this.#recent.set(key, { id: ticket.id, secret, madeAt: now })
    if (this.#recent.size > mostKept) this.#recent.delete(this.#recent.keys().next().value!)
    return secret
  }
}
