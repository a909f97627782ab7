import type { ExpectedMachine } from '../../protocol/expected.ts'
import type { Labels } from '../../protocol/labels.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import { parseMac, parseUuid } from '../../protocol/names.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'

interface Row { id: string, mac: string | null, uuid: string | null, serial: string | null, name: string | null, role: string | null, labels: string, settings: string, by_operator: string, problem: string | null, created_at: number, updated_at: number }

/** What is known of machines that were never seen. One row for one machine: no two have the same MAC, UUID, serial (in whatever case) or name. */
export class ExpectedStore {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** All, by name, those without one last. */
  list(): ExpectedMachine[] {
    return this.#database.prepare<[], Row>('SELECT * FROM expected_machines ORDER BY name IS NULL, name, created_at, id').all().map(expected)
  }

  findById(id: string): ExpectedMachine | null {
    const row = this.#database.prepare<[string], Row>('SELECT * FROM expected_machines WHERE id = ?').get(id)
    return row === undefined ? null : expected(row)
  }

  findByName(name: string): ExpectedMachine | null {
    const row = this.#database.prepare<[string], Row>('SELECT * FROM expected_machines WHERE name = ?').get(name)
    return row === undefined ? null : expected(row)
  }

  /** Everything that an operator's word may mean: a name, MAC, UUID, serial or id. */
  listByReference(reference: string): ExpectedMachine[] {
    const uuid = parseUuid(reference)
    return this.#database.prepare<unknown[], Row>('SELECT * FROM expected_machines WHERE name = ? OR mac = ? OR uuid = ? OR id = ? OR lower(serial) = lower(?) LIMIT 3').all(reference, parseMac(reference), uuid, uuid, reference.trim()).map(expected)
  }

  /** Everything that has one of these; whether it is meant is judged by `judge-expected`. */
  listByIdentity({ macs, uuids, serials }: { macs: readonly string[], uuids: readonly string[], serials: readonly string[] }): ExpectedMachine[] {
    return this.#database.prepare<unknown[], Row>('SELECT * FROM expected_machines WHERE mac IN (SELECT value FROM json_each(?)) OR uuid IN (SELECT value FROM json_each(?)) OR lower(serial) IN (SELECT lower(value) FROM json_each(?)) ORDER BY created_at, id')
      .all(JSON.stringify(macs), JSON.stringify(uuids), JSON.stringify(serials)).map(expected)
  }

  /** Adds, or replaces all of what has this id; what kept a machine from getting it is forgotten. */
  put(given: Omit<ExpectedMachine, 'problem' | 'createdAt' | 'updatedAt'>): void {
    const now = this.#clock()
    this.#database.prepare(`INSERT INTO expected_machines (id, mac, uuid, serial, name, role, labels, settings, by_operator, problem, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)
      ON CONFLICT (id) DO UPDATE SET mac = excluded.mac, uuid = excluded.uuid, serial = excluded.serial, name = excluded.name, role = excluded.role, labels = excluded.labels, settings = excluded.settings,
        by_operator = excluded.by_operator, problem = NULL, updated_at = excluded.updated_at`)
      .run(given.id, given.mac, given.uuid, given.serial, given.name, given.role, JSON.stringify(given.labels), JSON.stringify(given.settings), given.by, now, now)
  }

  putProblem(id: string, problem: string): void {
    this.#database.prepare('UPDATE expected_machines SET problem = ? WHERE id = ?').run(problem, id)
  }

  remove(id: string): void {
    this.#database.prepare('DELETE FROM expected_machines WHERE id = ?').run(id)
  }
}

function expected({ labels, settings, by_operator: by, created_at: createdAt, updated_at: updatedAt, ...row }: Row): ExpectedMachine {
  return { ...row, labels: JSON.parse(labels) as Labels, settings: JSON.parse(settings) as MachineSettings, by, createdAt, updatedAt }
}
