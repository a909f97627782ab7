// What machines fetch over HTTP on their way, known by the address that asks: evidence for their timelines, and what is being sent at the moment.
import type { BootRoom } from './boot-room.ts'

const addressesKept = 4096

/** Files on their way to machines. `startedAt`: since when this bastion runs, in milliseconds since 1970. */
export class Fetches {
  readonly startedAt: number
  readonly #leaseOf: (address: string) => string | null
  readonly #dispatched = new Map<string, string>()
  readonly #running = new Map<string, { file: string, since: number }>()

  /** `leaseOf`: the MAC that holds an address; null where nobody knows. */
  constructor(startedAt: number, leaseOf: (address: string) => string | null) {
    this.startedAt = startedAt
    this.#leaseOf = leaseOf
  }

  /** Notes the MAC that /dispatch was asked for from an address: all that is known of it where others lease addresses. */
  putAddress(address: string, mac: string): void {
    this.#dispatched.delete(address)
    this.#dispatched.set(address, mac)
    if (this.#dispatched.size > addressesKept) this.#dispatched.delete(this.#dispatched.keys().next().value!)
  }

  macOf(address: string): string | null {
    return this.#leaseOf(address) ?? this.#dispatched.get(address) ?? null
  }

  /** What is being sent to a machine of these MACs; null when nothing is. */
  find(macs: readonly string[]): { file: string, since: number } | null {
    return macs.map(mac => this.#running.get(mac)).find(found => found !== undefined) ?? null
  }

  /** Notes that a file is being sent to a machine; gives a function to be called at its end. */
  begin(room: Pick<BootRoom, 'events' | 'clock'>, address: string, file: string): (how: 'whole' | 'broken' | 'refused', bytes: number | null) => void {
    const mac = this.macOf(address)
    if (mac === null) return () => {}
    const running = { file, since: room.clock() }
    this.#running.set(mac, running)
    return (how, bytes) => {
      if (this.#running.get(mac) === running) this.#running.delete(mac)
      if (how === 'refused') return
      const after = `${((room.clock() - running.since) / 1000).toFixed(1)} s`
      const size = bytes === null ? '' : `${(bytes / 1e6).toFixed(1)} MB in `
      const text = how === 'whole' ? `Fetched ${file} over HTTP (${size}${after}).` : `Stopped fetching ${file} over HTTP after ${after}.`
      room.events.publish({ kind: 'fetch', mac, address, text, detail: { what: how === 'whole' ? 'fetched' : 'broken', file } })
    }
  }
}
