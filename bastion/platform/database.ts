import { chmodSync, statSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { BastionError, systemCode } from './bastion-error.ts'
import { guardDatabase } from './guard-database.ts'
import { migrations } from './migrations.ts'

/** The bastion's SQLite database, migrated. */
export type Database = Sqlite.Database

/** Opens (or makes) the database and brings it to this program's version. WAL, `synchronous=FULL`: what a transaction committed outlives a power cut (sqlite.org/pragma.html#pragma_synchronous), but for what goes through `groupedWrites`. Refuses a database of a newer program with `BST_DATABASE_NEWER`, untouched. */
export function openDatabase(path: string): Database {
  const database = open(path)
  try {
    const found = database.pragma('user_version', { simple: true }) as number
    if (found > migrations.length) {
      throw new BastionError('BST_DATABASE_NEWER', `${path} has version ${found}; this labctl-bastion knows versions up to ${migrations.length}.`, { nextStep: 'Install the labctl-bastion that wrote it, or restore a backup made with this one. Nothing was changed.' })
    }
    database.pragma('busy_timeout = 5000')
    useWal(database)
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    for (const [index, sql] of migrations.entries()) {
      if (index < found) continue
      database.transaction(() => {
        // Another process may have been quicker.
        if (database.pragma('user_version', { simple: true }) as number > index) return
        database.exec(sql)
        database.pragma(`user_version = ${index + 1}`)
      }).immediate()
    }
    guardDatabase(database)
    return database
  } catch (cause) {
    database.close()
    throw databaseError(path, cause)
  }
}

/** The `BastionError` for what SQLite threw: a full disk is `BST_DISK_FULL`, the rest `BST_DATABASE_FAILED`. Others pass through. */
export function databaseError(path: string, cause: unknown): unknown {
  const code = systemCode(cause)
  if (cause instanceof BastionError || code === null || !code.startsWith('SQLITE')) return cause
  if (code.startsWith('SQLITE_FULL')) return new BastionError('BST_DISK_FULL', `No space left to write ${path}.`, { cause, nextStep: 'Free space on the file system that holds the bastion’s state; nothing was lost.' })
  return new BastionError('BST_DATABASE_FAILED', `${path}: ${(cause as Error).message} (${code}).`, { cause, nextStep: 'Check that the file and its folder belong to the user that runs labctl-bastion.' })
}

/** The switch to WAL is told at once that another process is there, whatever `busy_timeout` says (sqlite.org/wal.html): a daemon that starts beside `operator-token`, on a new database. */
function useWal(database: Database): void {
  for (const until = Date.now() + 5000; ;) {
    try {
      database.pragma('journal_mode = WAL')
      return
    } catch (error) {
      if (systemCode(error) !== 'SQLITE_BUSY' || Date.now() > until) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}

function open(path: string): Database {
  try {
    const database = new Sqlite(path)
    // Whatever the folder's mode and the umask are; the WAL beside it takes the same mode.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
    return database
  } catch (cause) { throw databaseError(path, cause) }
}
