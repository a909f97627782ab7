// What came over the sockets, until it is stored: parsed, counted against what a sender may send, and put down a few times a second.
import type { LogLine } from '../../protocol/machine-logs.ts'
import type { Clock } from '../platform/clock.ts'
import { RateLimit } from '../platform/rate-limit.ts'
import type { LogStore, NewLine, Sender } from './log-store.ts'
import { parseSyslog } from './parse-syslog.ts'

/** Lines a second in the long run, of one sender, of all that are no machines, and of everybody together. */
export interface LogRates { sender: number, strangers: number, all: number }

interface Pending extends Sender { lines: NewLine[], dropped: number, toldAt: number, heardAt: number, lookedUpAt: number }

/** So many lines at once after a pause: a kernel tells a thousand when it starts. */
const burstSeconds = 10
const mostSenders = 4096
const mostAtOnce = 1000
/** Whose an address is may change. */
const knownForMs = 5000
const tellDroppedEveryMs = 5000
/** Addresses that are looked up a second: a lookup costs more than a line, and source addresses of UDP are free. */
const lookupsPerSecond = 200

/** Takes messages as they come; `flush` stores them and gives what was stored. Nothing here waits for anything. */
export class LogCollector {
  readonly #store: LogStore
  readonly #clock: Clock
  readonly #whoIs: (address: string) => Sender
  readonly #limits: { sender: RateLimit, strangers: RateLimit, all: RateLimit, lookups: RateLimit }
  readonly #rates: LogRates
  readonly #senders = new Map<string, Pending>()
  #unknownDropped = 0
  /** Lines that were taken, and lines that were dropped, since the start. */
  readonly counts = { taken: 0, dropped: 0 }

  constructor(store: LogStore, clock: Clock, whoIs: (address: string) => Sender, rates: LogRates) {
    const limit = (perSecond: number, burst = perSecond * burstSeconds) => new RateLimit({ perMinute: perSecond * 60, burst }, clock)
    this.#store = store
    this.#clock = clock
    this.#whoIs = whoIs
    this.#rates = rates
    this.#limits = { sender: limit(rates.sender), strangers: limit(rates.strangers), all: limit(rates.all, 4 * rates.all), lookups: limit(lookupsPerSecond) }
  }

  /** One message of an address. */
  take(address: string, message: Buffer): void {
    if (this.#limits.sender.take(address) > 0) return this.#drop(this.#senders.get(address))
    const sender = this.#find(address)
    if (sender === undefined) return this.#drop(undefined)
    if ((sender.machine === null && this.#limits.strangers.take('') > 0) || this.#limits.all.take('') > 0) return this.#drop(sender)
    const line = parseSyslog(message)
    if (line === null) return
    sender.heardAt = this.#clock()
    sender.lines.push({ at: sender.heardAt, ...line, dropped: 0 })
    this.counts.taken += 1
  }

  #find(address: string): Pending | undefined {
    const known = this.#senders.get(address)
    const now = this.#clock()
    if (known !== undefined && Math.abs(now - known.lookedUpAt) < knownForMs) return known
    if (this.#limits.lookups.take('') > 0 || (known === undefined && this.#senders.size >= mostSenders)) return known
    const who = this.#whoIs(address)
    // Lines that wait keep the name under which they came.
    if (known !== undefined && known.lines.length > 0 && (known.machine !== who.machine || known.mac !== who.mac)) return known
    if (known !== undefined) return Object.assign(known, who, { lookedUpAt: now })
    const made = { ...who, lines: [], dropped: 0, toldAt: 0, heardAt: now, lookedUpAt: now }
    this.#senders.set(address, made)
    return made
  }

  #drop(sender: Pending | undefined): void {
    this.counts.dropped += 1
    if (sender === undefined) this.#unknownDropped += 1
    else sender.dropped += 1
  }

  /** Stores what waits, a thousand lines at most, so that nobody waits for it; `more`: there are others. What is dropped is told every five seconds, in its place among the lines. */
  flush(): { stored: { sender: Sender, lines: LogLine[] }[], more: boolean } {
    const now = this.#clock()
    const batches: { sender: Sender, lines: NewLine[] }[] = []
    let room = mostAtOnce
    for (const [address, sender] of this.#senders) {
      const lines = sender.lines.splice(0, room)
      room -= lines.length
      if (sender.lines.length === 0 && sender.dropped > 0 && Math.abs(now - sender.toldAt) >= tellDroppedEveryMs) {
        lines.push({ at: now, severity: 4, program: null, text: `${sender.dropped} lines were dropped here: more came than the ${this.#rates.sender} a second that are taken from one address in the long run, or than are taken from all together.`, dropped: sender.dropped })
        sender.dropped = 0
        sender.toldAt = now
      }
      if (lines.length > 0) batches.push({ sender: { machine: sender.machine, mac: sender.mac, address: sender.address }, lines })
      else if (sender.dropped === 0 && Math.abs(now - sender.heardAt) > 60_000) this.#senders.delete(address)
    }
    return { stored: batches.length === 0 ? [] : this.#store.put(batches), more: room === 0 }
  }

  /** Lines of addresses that there was no room to look up, since this was asked last. */
  takeUnknownDropped(): number {
    const count = this.#unknownDropped
    this.#unknownDropped = 0
    return count
  }
}
