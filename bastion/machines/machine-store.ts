import type { Facts } from '../../protocol/facts.ts'
import type { Labels } from '../../protocol/labels.ts'
import type { MachineState } from '../../protocol/machines.ts'
import { parseMac, parseUuid } from '../../protocol/names.ts'
import type { Database } from '../platform/database.ts'
import { groupedWrites, type GroupedWrites } from '../platform/grouped-writes.ts'

/** A machine as recorded: what discovery saw, under an internal id for life. */
export interface Machine {
  id: string
  name: string | null
  /** What an operator said that it is for; orders and settings that name none take it. */
  role: string | null
  labels: Labels
  state: MachineState
  uuid: string | null
  serial: string | null
  address: string | null
  macs: string[]
  facts: Facts
  differs: boolean
  createdAt: number
  lastSeenAt: number
}

interface Row {
  id: string, name: string | null, role: string | null, labels: string, state: MachineState, uuid: string | null, serial: string | null, address: string | null
  facts: string | null, differs: number, created_at: number, last_seen_at: number, macs: string | null
}

const columns = `m.id, m.name, m.role, m.labels, m.state, m.uuid, m.serial, m.address, m.differing_facts IS NOT NULL AS differs, m.created_at, m.last_seen_at,
  (SELECT group_concat(mac) FROM (SELECT mac FROM machine_macs WHERE machine = m.id ORDER BY mac)) AS macs`
const select = `SELECT ${columns}, m.facts FROM machines m`
/** Facts are long: whoever asks a thousand times a second does without. */
const selectBrief = `SELECT ${columns}, NULL AS facts FROM machines m`

/** A machine that asks again and again is written down as seen at most so often, unless its address changed. */
const seenEveryMs = 60_000

/** The record of all machines. */
export class MachineStore {
  readonly #database: Database
  readonly #writes: GroupedWrites
  readonly #candidates
  readonly #briefCandidates
  readonly #facts
  readonly #putSeen
  readonly #seen = new Map<string, { at: number, address: string | null, writtenAt: number }>()

  constructor(database: Database) {
    this.#database = database
    this.#writes = groupedWrites(database)
    this.#candidates = database.prepare<[string | null, string | null, string], Row>(`${select} WHERE m.uuid = ? OR m.serial = ? OR m.id IN (SELECT machine FROM machine_macs WHERE mac IN (SELECT value FROM json_each(?))) LIMIT 16`)
    this.#briefCandidates = database.prepare<[string | null, string | null, string], Row>(`${selectBrief} WHERE m.uuid = ? OR m.serial = ? OR m.id = (SELECT machine FROM machine_macs WHERE mac = ?) LIMIT 16`)
    this.#facts = database.prepare<[string], { facts: string }>('SELECT facts FROM machines WHERE id = ?')
    this.#putSeen = this.#writes.prepare('UPDATE machines SET last_seen_at = ?, address = coalesce(?, address) WHERE id = ?', { readPast: true })
  }

  /** Machines that a claim of identity may mean: by MAC, by SMBIOS UUID or by serial. At most a handful; judging them is `judge-identity`. */
  listCandidates(claim: { macs: readonly string[], uuid: string | null, serial: string | null }): Machine[] {
    return this.#candidates.all(claim.uuid, claim.serial, JSON.stringify(claim.macs)).map(row => this.#machine(row))
  }

  /** The same for one MAC, and for whoever asks a thousand times a second when a rack starts: facts are read when they are looked at, as they are then. */
  listBriefCandidates({ mac, uuid, serial }: { mac: string, uuid: string | null, serial: string | null }): Machine[] {
    return this.#briefCandidates.all(uuid, serial, mac).map(row => this.#machine(row))
  }

  /** The machine of this internal id, or null. */
  findById(id: string): Machine | null {
    const row = this.#database.prepare<[string], Row>(`${select} WHERE m.id = ?`).get(id)
    return row === undefined ? null : this.#machine(row)
  }

  /** Every machine that an operator's word may mean: its name, MAC, SMBIOS UUID or internal id. */
  listByReference(reference: string): Machine[] {
    const mac = parseMac(reference)
    const uuid = parseUuid(reference)
    return this.#database.prepare<unknown[], Row>(`${select} WHERE m.name = ? OR m.id = ? OR m.uuid = ? OR m.id IN (SELECT machine FROM machine_macs WHERE mac = ?)
      OR m.id IN (SELECT machine FROM orders WHERE name = ? AND state IN ('armed', 'installing', 'failed', 'contested')) LIMIT 3`)
      .all(reference, uuid, uuid, mac, reference).map(row => this.#machine(row))
  }

  /** The internal id of the machine that was seen at an address last; null when none was. */
  findByAddress(address: string): string | null {
    this.#writes.flushOrWait()
    return this.#database.prepare<[string], { id: string }>('SELECT id FROM machines WHERE address = ? ORDER BY last_seen_at DESC LIMIT 1').get(address)?.id ?? null
  }

  /** Machines that have one of these, a serial in whatever case; whether one is meant is judged by `judge-expected`. */
  listByIdentity({ macs, uuids, serials }: { macs: readonly string[], uuids: readonly string[], serials: readonly string[] }): Machine[] {
    return this.#database.prepare<unknown[], Row>(`${select} WHERE m.uuid IN (SELECT value FROM json_each(?)) OR lower(m.serial) IN (SELECT lower(trim(value)) FROM json_each(?)) OR m.id IN (SELECT machine FROM machine_macs WHERE mac IN (SELECT value FROM json_each(?))) LIMIT 16`)
      .all(JSON.stringify(uuids), JSON.stringify(serials), JSON.stringify(macs)).map(row => this.#machine(row))
  }

  /** All machines, by name, those without one last. */
  list(): Machine[] {
    return this.#database.prepare<[], Row>(`${select} ORDER BY m.name IS NULL, m.name, m.created_at`).all().map(row => this.#machine(row))
  }

  /** How many machines there are that nobody named or ever ordered anything for. */
  countUnordered(): number {
    return this.#database.prepare<[], { count: number }>('SELECT count(*) AS count FROM machines WHERE name IS NULL AND id NOT IN (SELECT machine FROM orders)').get()!.count
  }

  /** Records a machine that was never seen. */
  put(given: { id: string, uuid: string | null, serial: string | null, macs: readonly string[], address: string | null, facts: Facts, now: number }): void {
    this.#database.transaction(() => {
      this.#database.prepare(`INSERT INTO machines (id, state, uuid, serial, address, facts, created_at, last_seen_at) VALUES (?, 'discovered', ?, ?, ?, ?, ?, ?)`)
        .run(given.id, given.uuid, given.serial, given.address, JSON.stringify(given.facts), given.now, given.now)
      for (const mac of given.macs) this.#database.prepare('INSERT INTO machine_macs (mac, machine) VALUES (?, ?)').run(mac, given.id)
    }).immediate()
  }

  /** Replaces what is recorded of a known machine's hardware by a report that agrees with its identity. */
  putFacts(id: string, facts: Facts, macs: readonly string[]): void {
    this.#database.transaction(() => {
      this.#database.prepare('UPDATE machines SET facts = ?, differing_facts = NULL, differing_because = NULL, differing_mac = NULL, differing_at = NULL WHERE id = ?').run(JSON.stringify(facts), id)
      for (const mac of macs) this.#database.prepare('INSERT INTO machine_macs (mac, machine) VALUES (?, ?) ON CONFLICT DO NOTHING').run(mac, id)
    }).immediate()
  }

  /** Notes that a machine spoke. A crash may take the last minute of it, never where it spoke from. */
  putSeen(id: string, address: string | null, now: number): void {
    const last = this.#seen.get(id)
    const due = last === undefined || now - last.writtenAt >= seenEveryMs || now < last.writtenAt || (address !== null && address !== last.address)
    this.#seen.set(id, { at: now, address: address ?? last?.address ?? null, writtenAt: due ? now : last.writtenAt })
    if (due) this.#writes.add(this.#putSeen, now, address, id)
  }

  putState(id: string, state: MachineState): void {
    this.#database.prepare('UPDATE machines SET state = ? WHERE id = ?').run(state, id)
  }

  putName(id: string, name: string | null): void {
    this.#database.prepare('UPDATE machines SET name = ? WHERE id = ?').run(name, id)
  }

  putRole(id: string, role: string): void {
    this.#database.prepare('UPDATE machines SET role = ? WHERE id = ?').run(role, id)
  }

  putLabels(id: string, labels: Labels): void {
    this.#database.prepare('UPDATE machines SET labels = ? WHERE id = ?').run(JSON.stringify(labels), id)
  }

  /** Forgets a machine: its MACs, orders, tickets and logs go with it; its timeline stays under its MACs. */
  remove(id: string): void {
    this.#database.transaction(() => {
      this.#database.prepare('UPDATE timeline SET mac = coalesce(mac, (SELECT min(mac) FROM machine_macs WHERE machine = ?)) WHERE machine = ?').run(id, id)
      this.#database.prepare('DELETE FROM machines WHERE id = ?').run(id)
    }).immediate()
    this.#seen.delete(id)
  }

  /** Facts are read when somebody looks at them: a dispatch does not. */
  #machine(row: Row): Machine {
    let facts: Facts | undefined
    const text = (): string => row.facts ?? this.#facts.get(row.id)!.facts
    const seen = this.#seen.get(row.id)
    return {
      id: row.id, name: row.name, role: row.role, labels: JSON.parse(row.labels) as Labels, state: row.state, uuid: row.uuid, serial: row.serial, address: seen?.address ?? row.address,
      macs: row.macs?.split(',') ?? [], get facts() { return facts ??= JSON.parse(text()) as Facts }, differs: row.differs === 1,
      createdAt: row.created_at, lastSeenAt: seen?.at ?? row.last_seen_at,
    }
  }
}
