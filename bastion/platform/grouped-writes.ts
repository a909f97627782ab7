// Writes that may wait a moment, so that many share one transaction: what was seen of machines, tickets that nobody has used yet. Whoever reads sees them, and every other write comes after them. docs/decisions/0012 says what a crash may take.
import type Sqlite from 'better-sqlite3'

/** `afterMs`: how long a write waits at most; `soonMs`: likewise where somebody waits for it. `most`: how many do. `syncEveryMs`: how long after a group was handed to the kernel it is on disk at the latest. */
export interface GroupTimes { afterMs: number, soonMs: number, most: number, syncEveryMs: number }

const usual: GroupTimes = { afterMs: 15, soonMs: 2, most: 256, syncEveryMs: 1000 }
/** A disk that is full stays so for a while. */
const againMs = 1000

type Statement = Sqlite.Statement<unknown[]>
interface Waiting { statement: Statement, values: unknown[] }

const groups = new WeakMap<Sqlite.Database, GroupedWrites>()

/** The grouped writes of a database that `openDatabase` opened. */
export function groupedWrites(database: Sqlite.Database): GroupedWrites {
  const known = groups.get(database)
  if (known === undefined) throw new TypeError('Only a database of openDatabase groups writes.')
  return known
}

/** See the file's first line. */
export class GroupedWrites {
  readonly #database: Sqlite.Database
  readonly #times: GroupTimes
  readonly #prepare: (sql: string) => Statement
  readonly #write: (rows: readonly Waiting[]) => void
  readonly #tables = new Set<string>()
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | null = null
  #soon: PromiseWithResolvers<void> | null = null
  #syncedAt = -Infinity
  #failing = false

  constructor(database: Sqlite.Database, times: Partial<GroupTimes> = {}) {
    this.#database = database
    this.#times = { ...usual, ...times }
    this.#prepare = database.prepare.bind(database) as (sql: string) => Statement
    this.#write = database.transaction((rows: readonly Waiting[]) => { for (const { statement, values } of rows) statement.run(...values) }).immediate
    groups.set(database, this)
  }

  /** How many writes wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** A statement that {@link add} takes. `readPast`: whoever reads its table has the newest of it elsewhere, and waits for nothing. */
  prepare(sql: string, { readPast = false } = {}): Statement {
    const table = /^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+(\w+)/i.exec(sql)?.[1]
    if (table === undefined) throw new TypeError(`No write: ${sql.slice(0, 60)}`)
    if (!readPast) this.#tables.add(table)
    return this.#prepare(sql)
  }

  /** A statement that reads past what waits: for whoever can do with what was a moment ago. */
  prepareReader<Bind extends unknown[] | {}, Row>(sql: string): Sqlite.Statement<Bind extends unknown[] ? Bind : [Bind], Row> {
    return this.#prepare(sql) as Sqlite.Statement<Bind extends unknown[] ? Bind : [Bind], Row>
  }

  /** Whether SQL names a table that writes may wait for. */
  concerns(sql: string): boolean {
    return (sql.match(/\w+/g) ?? []).some(word => this.#tables.has(word))
  }

  /** How many such tables there are. */
  get tables(): number {
    return this.#tables.size
  }

  /** Runs a write within `afterMs`, together with others. Inside a transaction it is a part of that one. Throws where the database has taken none of late. */
  add(statement: Statement, ...values: unknown[]): void {
    if (this.#database.inTransaction) {
      statement.run(...values)
      return
    }
    if (this.#failing) this.flush()
    this.#waiting.push({ statement, values })
    if (this.#waiting.length >= this.#times.most) this.flush()
    else this.#timer ??= setTimeout(() => { this.flushOrWait() }, this.#times.afterMs)
  }

  /** Resolves when what waits now is written, `soonMs` from the first who asked: whoever may wait shares a transaction with others. Rejects as {@link flush} throws. */
  async written(): Promise<void> {
    if (this.#waiting.length === 0) return
    if (this.#soon === null) {
      this.#soon = Promise.withResolvers()
      setTimeout(() => { this.flushOrWait() }, this.#times.soonMs)
    }
    await this.#soon.promise
  }

  /** Writes what waits; `sync`: on disk when this returns. Throws when the database does; then it goes on waiting. */
  flush({ sync = false } = {}): void {
    if (this.#waiting.length === 0 || this.#database.inTransaction) return
    const rows = this.#waiting
    const soon = this.#soon
    this.#waiting = []
    this.#soon = null
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const now = performance.now()
    const synced = sync || now - this.#syncedAt >= this.#times.syncEveryMs
    const before = this.#database.pragma('synchronous', { simple: true }) as number
    // Without a sync of its own a group still survives the end of the process, and is on disk with the next commit that has one (sqlite.org/pragma.html#pragma_synchronous).
    if (!synced) this.#database.pragma('synchronous = NORMAL')
    try {
      this.#write(rows)
      this.#failing = false
      if (synced) this.#syncedAt = now
      soon?.resolve()
    } catch (error) {
      try {
        this.#failed(rows, error)
        soon?.resolve()
      } catch (cause) {
        soon?.reject(cause)
        throw cause
      }
    } finally {
      this.#database.pragma(`synchronous = ${before}`)
    }
  }

  /** The same for a reader, or a timer, which ends the process when it throws: nobody there can help. */
  flushOrWait(): void {
    this.#timer = null
    try { this.flush() } catch { this.#timer ??= setTimeout(() => { this.flushOrWait() }, againMs).unref() }
  }

  /** A row that can't be written, since its machine was forgotten say, does not keep the others from it; a database that takes none, its disk is full say, keeps them all waiting. */
  #failed(rows: readonly Waiting[], error: unknown): void {
    if (!isConstraint(error)) {
      this.#waiting = [...rows, ...this.#waiting]
      this.#failing = true
      throw error
    }
    for (const { statement, values } of rows) {
      try { statement.run(...values) } catch (cause) { if (!isConstraint(cause)) throw cause }
    }
  }
}

const isConstraint = (error: unknown): boolean => (error as { code?: string }).code?.startsWith('SQLITE_CONSTRAINT') === true
