import type { EntryDetail, TimelineEntry } from '../../protocol/machines.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'
import { groupedWrites, type GroupedWrites } from '../platform/grouped-writes.ts'

/** What a timeline entry says, before it has a number and a time. */
export interface Evidence {
  machine: string | null
  mac: string | null
  phase: string
  evidence: string
  text: string
  alarm?: boolean
  detail?: EntryDetail
}

/** A row of the table. */
export interface TimelineRow { id: number, at: number, machine: string | null, mac: string | null, phase: string, evidence: string, text: string, alarm: number, detail: string | null }

const longestText = 500
/** The same alarm again within this time is not put again: whoever raises it may do so every minute, or a thousand times a second. */
const alarmAgainMs = 3_600_000
/** Entries of MACs that belong to no machine: anybody on the wire can make them. */
const strangersKept = 20_000
/** What anybody on the wire can put into a machine's timeline; the rest needs a bearer, a key or an operator. */
const wire = ['http', 'ticket', 'dhcp-log', 'tftp-log']
const fromTheWire = `evidence IN (${wire.map(evidence => `'${evidence}'`).join(', ')})`
/** A crash may take the newest entries, and their numbers were told already: those after it begin so much higher. */
const numbersSkipped = 10_000
/** The newest entries by machine and MAC that are remembered, so that firmware which repeats itself costs nothing. */
const newestKept = 8192
/** Entries kept of one machine, or of one MAC that is no machine's: which, and how many. A flood of one kind washes away no other. */
const kept = [
  { which: `${fromTheWire} AND alarm = 0`, most: 1000 },
  { which: `${fromTheWire} AND alarm = 1`, most: 500 },
  { which: `NOT ${fromTheWire}`, most: 4000 },
]
const trimEvery = 128
/** What stands under a machine's MACs alone. CROSS JOIN: its few MACs are looked up first (sqlite.org/optoverview.html#crossjoin). */
const beforeItWasKnown = 'machine_macs CROSS JOIN timeline ON timeline.mac = machine_macs.mac WHERE machine_macs.machine = $machine AND timeline.machine IS NULL'
const trimStrangersEvery = 512

/** The timelines of all machines: what was seen of each boot, with its evidence. An unknown machine's entries stand under its MAC alone and are found again once it is known. */
export class Timeline {
  readonly #insert
  readonly #list
  readonly #alarms
  readonly #count
  readonly #again
  readonly #seen
  readonly #trim
  readonly #trimOne
  readonly #newest = new Map<string, Pick<TimelineEntry, 'at' | 'phase' | 'evidence' | 'text' | 'alarm'>>()
  readonly #newestId
  readonly #writes: GroupedWrites
  #lastId: number
  readonly #move
  readonly #sinceTrim = new Map<string, number>()
  #ofStrangers = 0
  readonly #clock: Clock
  readonly #events: Events

  constructor(database: Database, clock: Clock, events: Events) {
    this.#clock = clock
    this.#events = events
    this.#writes = groupedWrites(database)
    this.#insert = this.#writes.prepare('INSERT INTO timeline (id, at, machine, mac, phase, evidence, text, alarm, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#lastId = (database.prepare<[], { id: number | null }>('SELECT max(id) AS id FROM timeline').get()!.id ?? -numbersSkipped) + numbersSkipped
    const newest = 'AND id > $after ORDER BY id DESC LIMIT $limit'
    this.#list = database.prepare<[{ machine: string, after: number, limit: number }], TimelineRow>(`SELECT * FROM (
      SELECT * FROM (SELECT * FROM timeline WHERE machine = $machine ${newest}) UNION ALL SELECT * FROM (SELECT timeline.* FROM ${beforeItWasKnown} ${newest}) ORDER BY id DESC LIMIT $limit) ORDER BY id`)
    this.#trim = this.#writes.prepare(`DELETE FROM timeline WHERE machine IS NULL AND mac IS NOT NULL AND mac NOT IN (SELECT mac FROM machine_macs)
      AND id <= (SELECT id FROM timeline WHERE machine IS NULL ORDER BY id DESC LIMIT 1 OFFSET ?)`)
    const unseen = 'AND alarm = 1 AND id > (SELECT alarms_seen FROM machines WHERE id = $machine)'
    const open = `(SELECT * FROM timeline WHERE machine = $machine ${unseen} UNION ALL SELECT timeline.* FROM ${beforeItWasKnown} ${unseen})`
    this.#trimOne = kept.flatMap(({ which, most }) => ['machine = ?', 'machine IS NULL AND mac = ?'].map(whose => ({ mac: whose.includes('mac = '), most, statement: this.#writes.prepare(
      `DELETE FROM timeline WHERE ${whose} AND ${which} AND id <= (SELECT id FROM timeline WHERE ${whose} AND ${which} ORDER BY id DESC LIMIT 1 OFFSET ?)`) })))
    this.#move = database.prepare<[string | null, string]>('UPDATE timeline SET machine = ? WHERE machine = ?')
    this.#newestId = database.prepare<[string], { id: number }>('SELECT id FROM timeline WHERE machine = ? ORDER BY id DESC LIMIT 1')
    this.#alarms = database.prepare<[{ machine: string }], TimelineRow>(`SELECT * FROM ${open} ORDER BY id`)
    this.#count = database.prepare<[{ machine: string }], { count: number }>(`SELECT count(*) AS count FROM ${open}`)
    this.#seen = database.prepare<[{ upTo: number, machine: string }]>('UPDATE machines SET alarms_seen = $upTo WHERE id = $machine AND alarms_seen < $upTo')
    this.#again = database.prepare<[string | null, string | null, string, number], { id: number }>('SELECT id FROM (SELECT * FROM timeline WHERE machine IS ? ORDER BY id DESC LIMIT 200) WHERE alarm = 1 AND mac IS ? AND text = ? AND at > ? LIMIT 1')
  }

  /** Adds an entry and tells those who watch. What the wire alone says is written a moment later, with others; alarms, and what was proved, at once. */
  put(evidence: Evidence): TimelineEntry {
    const entry = { ...evidence, at: this.#clock(), text: evidence.text.slice(0, longestText), alarm: evidence.alarm ?? false, detail: evidence.detail ?? null }
    const stored = { ...entry, id: this.#lastId += 1 }
    this.#writes.add(this.#insert, stored.id, entry.at, entry.machine, entry.mac, entry.phase, entry.evidence, entry.text, entry.alarm ? 1 : 0, entry.detail === null ? null : JSON.stringify(entry.detail))
    if (entry.alarm || !wire.includes(entry.evidence)) this.#writes.flush({ sync: true })
    this.#remember(stored)
    this.#events.publish({ kind: 'timeline', entry: stored })
    this.#bound(evidence)
    return stored
  }

  /** The same, unless it is what the newest entry of this machine and MAC says already, and that is not older than `withinMs`: then nothing is written, and null is given. */
  putOnce(evidence: Evidence, withinMs: number): TimelineEntry | null {
    const newest = this.#newest.get(keyOf(evidence))
    const age = newest === undefined ? Infinity : this.#clock() - newest.at
    const same = newest?.phase === evidence.phase && newest.evidence === evidence.evidence && newest.text === evidence.text.slice(0, longestText) && newest.alarm === (evidence.alarm ?? false)
    return same && age >= 0 && age < withinMs ? null : this.put(evidence)
  }

  #remember(entry: TimelineEntry): void {
    const key = keyOf(entry)
    this.#newest.delete(key)
    this.#newest.set(key, entry)
    if (this.#newest.size > newestKept) this.#newest.delete(this.#newest.keys().next().value!)
  }

  #bound({ machine, mac }: Evidence): void {
    const key = machine ?? mac
    if (key === null) return
    if (machine === null) this.#ofStrangers += 1
    if (machine === null && this.#ofStrangers % trimStrangersEvery === 0) this.removeOld()
    const since = (this.#sinceTrim.get(key) ?? 0) + 1
    if (this.#sinceTrim.size > strangersKept) this.#sinceTrim.clear()
    this.#sinceTrim.set(key, since % trimEvery)
    if (since < trimEvery) return
    for (const trim of this.#trimOne) if (trim.mac === (machine === null)) this.#writes.add(trim.statement, key, key, trim.most)
  }

  /** Adds an alarm, unless it was raised in just these words within the last hour. */
  putAlarm(evidence: Omit<Evidence, 'alarm'>): void {
    if (this.#again.get(evidence.machine, evidence.mac, evidence.text.slice(0, longestText), this.#clock() - alarmAgainMs) === undefined) this.put({ ...evidence, alarm: true })
  }

  /** Puts all entries of one machine under another, or, with null, under their MACs alone. */
  move(from: string, to: string | null): void {
    this.#move.run(to, from)
  }

  /** The newest `limit` entries of a machine behind entry `after`, oldest first. */
  list(machine: string, after: number, limit: number): TimelineEntry[] {
    return this.#list.all({ machine, after, limit }).map(entryOf)
  }

  /** The id of the machine's newest entry since it was known; 0 when there is none. */
  newestId(machine: string): number {
    return this.#newestId.get(machine)?.id ?? 0
  }

  /** Removes the oldest entries of MACs that no machine has, beyond 20,000. */
  removeOld(): void {
    this.#writes.add(this.#trim, strangersKept)
  }

  /** How many alarms of a machine nobody has seen to yet. */
  countAlarms(machine: string): number {
    return this.#count.get({ machine })!.count
  }

  /** Those alarms, oldest first. */
  listAlarms(machine: string): TimelineEntry[] {
    return this.#alarms.all({ machine }).map(entryOf)
  }

  /** Notes that an operator saw a machine's alarms up to this entry. */
  putAlarmsSeen(machine: string, upTo: number): void {
    this.#seen.run({ upTo, machine })
  }
}

const keyOf = ({ machine, mac }: Pick<Evidence, 'machine' | 'mac'>): string => `${machine} ${mac}`

/** A row of the table as an entry. */
export function entryOf(row: TimelineRow): TimelineEntry {
  return { ...row, alarm: row.alarm === 1, detail: row.detail === null ? null : JSON.parse(row.detail) as EntryDetail }
}
