import type { Clock } from './clock.ts'
import { judgeRate, type Bucket, type Rate } from './judge-rate.ts'

/** One limit, counted per client. At most `mostClients` are remembered: the one that was silent for longest is forgotten first, and starts anew. */
export class RateLimit {
  readonly #rate: Rate
  readonly #clock: Clock
  readonly #mostClients: number
  readonly #buckets = new Map<string, Bucket>()

  constructor(rate: Rate, clock: Clock, mostClients = 10_000) {
    this.#rate = rate
    this.#clock = clock
    this.#mostClients = mostClients
  }

  /** Counts one request of a client. Gives 0, or for how many milliseconds the client has to wait. */
  take(client: string): number {
    const { bucket, waitMs } = judgeRate(this.#buckets.get(client), this.#rate, this.#clock())
    this.#buckets.delete(client)
    this.#buckets.set(client, bucket)
    if (this.#buckets.size > this.#mostClients) this.#buckets.delete(this.#buckets.keys().next().value!)
    return waitMs
  }

  /** How many clients are remembered. */
  get clients(): number {
    return this.#buckets.size
  }
}
