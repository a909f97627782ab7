import type { Clock } from '../../platform/clock.ts'
import type { Database } from '../../platform/database.ts'

/** What rules have armed. It stays when machines and orders are forgotten: forgetting gives a rule nothing back. */
export class RuleStore {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  put({ rule, machine, order, name }: { rule: string, machine: string, order: string, name: string }): void {
    this.#database.prepare('INSERT INTO rule_orders (rule, machine, order_id, name, at) VALUES (?, ?, ?, ?, ?)').run(rule, machine, order, name, this.#clock())
  }

  /** How many machines a rule has armed in all. */
  countOf(rule: string): number {
    return this.#database.prepare<[string], { count: number }>('SELECT count(*) AS count FROM rule_orders WHERE rule = ?').get(rule)!.count
  }

  /** How many all rules have armed within the last `ms`; what a clock that was set back has in its future counts too. */
  countWithin(ms: number): number {
    return this.#database.prepare<[number], { count: number }>('SELECT count(*) AS count FROM rule_orders WHERE at > ?').get(this.#clock() - ms)!.count
  }

  /** What rules armed for a machine last; null when they armed nothing. */
  findByMachine(machine: string): { rule: string, name: string } | null {
    return this.#database.prepare<[string], { rule: string, name: string }>('SELECT rule, name FROM rule_orders WHERE machine = ? ORDER BY id DESC LIMIT 1').get(machine) ?? null
  }

  /** Every name that somebody has, that is ordered, or that waits for a machine never seen. */
  listNames(): Set<string> {
    const rows = this.#database.prepare<[], { name: string }>(`SELECT name FROM machines WHERE name IS NOT NULL UNION SELECT name FROM orders WHERE state IN ('armed', 'installing', 'failed', 'contested')
      UNION SELECT name FROM advance_orders UNION SELECT name FROM expected_machines WHERE name IS NOT NULL`).all()
    return new Set(rows.map(({ name }) => name))
  }

  /** What a rule armed last; null when it has armed nothing. */
  findLast(rule: string): { name: string, at: number } | null {
    return this.#database.prepare<[string], { name: string, at: number }>('SELECT name, at FROM rule_orders WHERE rule = ? ORDER BY id DESC LIMIT 1').get(rule) ?? null
  }
}
