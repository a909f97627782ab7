// A machine's rows in the bastion's database, taken out and put back: as an operator's backup and restore of one machine would.
import Sqlite from 'better-sqlite3'
import type { StoragePlan } from '../../protocol/storage-plan.ts'

type Row = Record<string, unknown>
/** Everything that the bastion knows of one machine and needs for its next order. */
export interface RowsOf { machines: Row[], machine_macs: Row[], storage_records: Row[] }

/** See the file's first line. */
export class MachineRows {
  readonly #database: Sqlite.Database

  constructor(path: string) {
    this.#database = new Sqlite(path)
    this.#database.pragma('busy_timeout = 10000')
    this.#database.pragma('foreign_keys = ON')
  }

  close(): void { this.#database.close() }

  /** The rows of the machine. */
  take(): RowsOf {
    const id = this.id()
    return {
      machines: this.#rows('SELECT * FROM machines WHERE id = ?', id),
      machine_macs: this.#rows('SELECT * FROM machine_macs WHERE machine = ?', id),
      storage_records: this.#rows('SELECT * FROM storage_records WHERE machine = ?', id),
    }
  }

  /** The internal id of the machine. */
  id(): string {
    const row = this.#database.prepare<[], { id: string }>('SELECT id FROM machines').get()
    if (row === undefined) throw new Error('the bastion knows no machine')
    return row.id
  }

  /** Forgets every machine, and puts this one there as it was. */
  restore(rows: RowsOf | null): void {
    this.#database.transaction(() => {
      this.#database.prepare('DELETE FROM machines').run()
      for (const [table, all] of Object.entries(rows ?? {}) as [keyof RowsOf, Row[]][]) for (const row of all) this.#insert(table, row)
    }).immediate()
  }

  /** Gives the machine another internal id, for a record that names it. */
  rename(from: string, to: string): void {
    if (from === to) return
    this.#database.transaction(() => {
      this.#database.pragma('defer_foreign_keys = ON')
      this.#database.prepare('UPDATE machines SET id = ? WHERE id = ?').run(to, from)
      for (const table of ['machine_macs', 'orders', 'tickets', 'boot_logs', 'storage_records']) this.#database.prepare(`UPDATE ${table} SET machine = ? WHERE machine = ?`).run(to, from)
    }).immediate()
  }

  /** Gives the machine a name, as an order in the past would have. */
  putName(name: string): void {
    this.#database.prepare('UPDATE machines SET name = ?').run(name)
  }

  /** Replaces the machine's storage record. */
  putRecord(id: string, record: object): void {
    this.#database.prepare('INSERT INTO storage_records (machine, record, updated_at) VALUES (?, ?, ?) ON CONFLICT (machine) DO UPDATE SET record = excluded.record').run(id, JSON.stringify(record), Date.now())
  }

  /** The machine's storage record as it stands, or null. */
  recordOf(id: string): Record<string, unknown> | null {
    const row = this.#database.prepare<[string], { record: string }>('SELECT record FROM storage_records WHERE machine = ?').get(id)
    return row === undefined ? null : JSON.parse(row.record) as Record<string, unknown>
  }

  /** The storage plan of the machine's newest order, or null. */
  planOf(): StoragePlan | null {
    const row = this.#database.prepare<[], { plan: string | null }>('SELECT plan FROM orders ORDER BY created_at DESC, id DESC LIMIT 1').get()
    return row?.plan == null ? null : (JSON.parse(row.plan) as { storage: StoragePlan }).storage
  }

  #rows(sql: string, id: string): Row[] {
    return this.#database.prepare<[string], Row>(sql).all(id)
  }

  #insert(table: string, row: Row): void {
    const columns = Object.keys(row)
    this.#database.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`).run(...Object.values(row))
  }
}
