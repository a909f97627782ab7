import { uuidv7, type Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import { hashSecret, newSecret } from '../platform/secret.ts'

/** Somebody, or a program, that may use the operators' API. */
export interface Operator { id: string, name: string, role: string }

/** Operators and their API tokens, which are stored hashed. */
export class OperatorStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #byHash

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#byHash = database.prepare<[Buffer], Operator>('SELECT id, name, role FROM operators WHERE token_hash = ? AND revoked_at IS NULL')
  }

  /** Makes an operator and gives the API token, this once. */
  put(name: string, role: string): string {
    const now = this.#clock()
    const token = `labctl_${newSecret()}${newSecret()}`
    this.#database.prepare('INSERT INTO operators (id, name, role, token_hash, created_at) VALUES (?, ?, ?, ?, ?)').run(uuidv7(now), name, role, hashSecret(token), now)
    return token
  }

  /** The operator whose token this is, or null. */
  findByToken(token: string): Operator | null {
    return this.#byHash.get(hashSecret(token)) ?? null
  }
}
