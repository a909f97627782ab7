// What happens on a lower floor and matters above travels as an event, never as an import upwards.
import type { LogLine } from '../../protocol/machine-logs.ts'
import type { EntryDetail, TimelineEntry } from '../../protocol/machines.ts'

/** Everything that one room tells the others. */
export type BastionEvent =
  | { kind: 'dhcp', mac: string, address: string | null, what: string, text: string, detail: EntryDetail }
  | { kind: 'tftp', mac: string | null, address: string, file: string, text: string, detail: EntryDetail }
  | { kind: 'fetch', mac: string, address: string, text: string, detail: EntryDetail }
  | { kind: 'timeline', entry: TimelineEntry }
  | { kind: 'logs', machine: string | null, mac: string | null, lines: readonly LogLine[] }
  | { kind: 'order-changed', machine: string, order: string }
  | { kind: 'stopping' }
  | { kind: 'child', name: string, state: 'started' | 'died' | 'stopped', text: string }

/** In-process publish and subscribe. A listener that throws is reported to `onError` and does not keep the others from hearing. */
export class Events {
  readonly #listeners = new Set<(event: BastionEvent) => void>()
  readonly #onError: (error: unknown) => void

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError
  }

  publish(event: BastionEvent): void {
    for (const listener of this.#listeners) {
      try { listener(event) } catch (error) { this.#onError(error) }
    }
  }

  /** Calls `listener` for each event from now on; gives a function that ends it. */
  subscribe(listener: (event: BastionEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => { this.#listeners.delete(listener) }
  }
}
