// Makes grouped writes invisible: whoever prepares a statement on this database sees them, and writes after them. And each statement is compiled once.
import type Sqlite from 'better-sqlite3'
import { GroupedWrites } from './grouped-writes.ts'

/** Statements kept compiled. Whoever makes up SQL at run time must not fill the memory. */
const mostKept = 500

/** Puts its methods in the place of the database's own. Statements are shared: none may be changed (`raw`, `pluck`), nor read row by row by two at once. */
export function guardDatabase(database: Sqlite.Database): void {
  const writes = new GroupedWrites(database)
  const [prepare, transaction, exec, close] = [database.prepare.bind(database), database.transaction.bind(database), database.exec.bind(database), database.close.bind(database)]
  const kept = new Map<string, Sqlite.Statement>()
  const prepareGuarded = (sql: string): Sqlite.Statement => {
    const known = kept.get(sql)
    if (known !== undefined) return known
    const statement = guarded(prepare(sql), writes)
    kept.set(sql, statement)
    if (kept.size > mostKept) kept.delete(kept.keys().next().value!)
    return statement
  }
  database.prepare = prepareGuarded as typeof database.prepare
  const behind = (begin: unknown) => (...values: unknown[]): unknown => {
    writes.flush()
    return (begin as (...values: unknown[]) => unknown)(...values)
  }
  database.transaction = (run => {
    const whole = transaction(run)
    return Object.assign(behind(whole), { default: behind(whole.default), deferred: behind(whole.deferred), immediate: behind(whole.immediate), exclusive: behind(whole.exclusive), database })
  }) as typeof database.transaction
  database.exec = source => {
    writes.flush()
    return exec(source)
  }
  database.close = () => {
    try { if (database.open) writes.flush() } finally { close() }
    return database
  }
}

function guarded(statement: Sqlite.Statement, writes: GroupedWrites): Sqlite.Statement {
  const { readonly, source } = statement
  let [concerned, tables] = [true, -1]
  const guard = <Values extends unknown[], Result>(run: (...values: Values) => Result) => (...values: Values): Result => {
    if (writes.waiting > 0 && writes.tables !== tables) {
      tables = writes.tables
      concerned = !readonly || writes.concerns(source)
    }
    if (writes.waiting > 0 && concerned) {
      // Who only reads is answered on a full disk too.
      if (readonly) writes.flushOrWait()
      else writes.flush()
    }
    return run(...values)
  }
  return Object.assign(statement, { run: guard(statement.run.bind(statement)), get: guard(statement.get.bind(statement)), all: guard(statement.all.bind(statement)), iterate: guard(statement.iterate.bind(statement)) })
}
