import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Journal } from '../platform/journal.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { RateLimit } from '../platform/rate-limit.ts'
import type { LimitName } from './decide-limit.ts'

const keys = { client: 'clientPerMinute', enrolment: 'enrolmentPerMinute', tokens: 'tokensPerMinute', conversation: 'conversationPerMinute', trees: 'treesPerMinute', bootPlane: 'bootPlanePerMinute' } as const
/** A flood of requests must not become a flood of lines. */
const tellEveryMs = 60_000

/** The limits of requests on both planes. */
export class RequestLimits {
  readonly #limits: Record<keyof typeof keys, RateLimit>
  readonly #config: Config['limits']
  readonly #clock: Clock
  readonly #journal: Journal
  readonly #toldAt = new Map<string, number>()

  constructor(config: Config['limits'], clock: Clock, journal: Journal) {
    const limit = (perMinute: number) => new RateLimit({ perMinute, burst: perMinute }, clock)
    this.#limits = {
      client: limit(config.clientPerMinute), enrolment: limit(config.enrolmentPerMinute), tokens: limit(config.tokensPerMinute),
      conversation: limit(config.conversationPerMinute), trees: limit(config.treesPerMinute), bootPlane: limit(config.bootPlanePerMinute),
    }
    this.#config = config
    this.#clock = clock
    this.#journal = journal
  }

  /** Counts a request of a client (`address 10.0.0.1`, `operator …`). Gives for how many seconds it has to wait, 0 when it is taken. */
  waitSeconds(name: LimitName | 'bootPlane', client: string): number {
    if (name === 'none') return 0
    const waitMs = this.#limits[name].take(client)
    if (waitMs === 0) return 0
    const now = this.#clock()
    if (now - (this.#toldAt.get(name) ?? -Infinity) >= tellEveryMs) {
      this.#toldAt.set(name, now)
      this.#journal.warn({ limit: keys[name], client }, `${client} asks more often than limits.${keys[name]} (${this.#config[keys[name]]} a minute) allows; it is told to wait`)
    }
    return Math.ceil(waitMs / 1000)
  }

  /** The same; refuses with `BST_RATE_LIMITED` instead. */
  take(name: LimitName, client: string): void {
    const seconds = this.waitSeconds(name, client)
    if (seconds === 0 || name === 'none') return
    throw new BastionError('BST_RATE_LIMITED', `Too many requests: ${this.#config[keys[name]]} a minute are taken here from one client.`, { retryAfterSeconds: seconds, nextStep: `Ask again in ${seconds} s. The limit is limits.${keys[name]} in bastion.yaml.` })
  }
}
