import type { TimelineEntry } from '../../protocol/machines.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'

/** What a timeline entry says, before it has a number and a time. */
export interface Evidence {
  machine: string | null
  mac: string | null
  phase: string
  evidence: string
  text: string
  alarm?: boolean
}

interface Row { id: number, at: number, machine: string | null, mac: string | null, phase: string, evidence: string, text: string, alarm: number }

const longestText = 500
/** Entries of MACs that belong to no machine: anybody on the wire can make them. */
const strangersKept = 20_000

/** The timelines of all machines: what was seen of each boot, with its evidence. An unknown machine's entries stand under its MAC alone and are found again once it is known. */
export class Timeline {
  readonly #insert
  readonly #list
  readonly #alarms
  readonly #trim
  readonly #clock: Clock
  readonly #events: Events

  constructor(database: Database, clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
    this.#insert = database.prepare<[number, string | null, string | null, string, string, string, number]>('INSERT INTO timeline (at, machine, mac, phase, evidence, text, alarm) VALUES (?, ?, ?, ?, ?, ?, ?)')
    this.#list = database.prepare<[string, string, number, number], Row>(`SELECT * FROM (
      SELECT * FROM timeline WHERE (machine = ? OR (machine IS NULL AND mac IN (SELECT mac FROM machine_macs WHERE machine = ?))) AND id > ? ORDER BY id DESC LIMIT ?) ORDER BY id`)
    this.#trim = database.prepare<[number]>(`DELETE FROM timeline WHERE machine IS NULL AND mac IS NOT NULL AND mac NOT IN (SELECT mac FROM machine_macs)
      AND id <= (SELECT id FROM timeline WHERE machine IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)`)
    this.#alarms = database.prepare<[string, string], { count: number }>(`SELECT count(*) AS count FROM timeline WHERE alarm = 1 AND
      (machine = ? OR (machine IS NULL AND mac IN (SELECT mac FROM machine_macs WHERE machine = ?)))`)
  }

  /** Adds an entry and tells those who watch. */
  put(evidence: Evidence): TimelineEntry {
    const entry = { ...evidence, at: this.#clock(), text: evidence.text.slice(0, longestText), alarm: evidence.alarm ?? false }
    const { lastInsertRowid } = this.#insert.run(entry.at, entry.machine, entry.mac, entry.phase, entry.evidence, entry.text, entry.alarm ? 1 : 0)
    const stored = { ...entry, id: Number(lastInsertRowid) }
    this.#events.publish({ kind: 'timeline', entry: stored })
    return stored
  }

  /** The newest `limit` entries of a machine behind entry `after`, oldest first. */
  list(machine: string, after: number, limit: number): TimelineEntry[] {
    return this.#list.all(machine, machine, after, limit).map(row => ({ ...row, alarm: row.alarm === 1 }))
  }

  /** Removes the oldest entries of MACs that no machine has, beyond 20,000. */
  removeOld(): void {
    this.#trim.run(strangersKept)
  }

  /** How many alarms a machine has. */
  countAlarms(machine: string): number {
    return this.#alarms.get(machine, machine)!.count
  }
}
