import type { StorageRecord } from '../../protocol/storage-record.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'

/** What the bastion recorded of each machine's storage; at most one record per machine, gone when the machine is forgotten. */
export class RecordStore {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** The machine's record; null for one that we neither installed nor adopted. */
  find(machine: string): StorageRecord | null {
    const row = this.#database.prepare<[string], { record: string }>('SELECT record FROM storage_records WHERE machine = ?').get(machine)
    return row === undefined ? null : JSON.parse(row.record) as StorageRecord
  }

  /** Replaces the machine's record; within the caller's transaction where there is one. */
  put(machine: string, record: StorageRecord): void {
    this.#database.prepare('INSERT INTO storage_records (machine, record, updated_at) VALUES (?, ?, ?) ON CONFLICT (machine) DO UPDATE SET record = excluded.record, updated_at = excluded.updated_at')
      .run(machine, JSON.stringify(record), this.#clock())
  }

  remove(machine: string): void {
    this.#database.prepare('DELETE FROM storage_records WHERE machine = ?').run(machine)
  }
}
