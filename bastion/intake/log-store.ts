// The lines of the log intake: a row per sender and flush, so that a flood costs few rows; bounded per sender and in all, the oldest out first.
import type { LogLine } from '../../protocol/machine-logs.ts'
import type { Database } from '../platform/database.ts'
import { InstallerHints } from './installer-hints.ts'

/** Whose lines: a machine's, else those of a MAC, else those of an address. */
export interface Sender { machine: string | null, mac: string | null, address: string }
/** A line before it is stored. */
export type NewLine = Pick<LogLine, 'at' | 'severity' | 'program' | 'text' | 'dropped'>
/** The most that is kept of something. */
export interface Bound { lines: number, bytes: number }
/** `strangers`: of all senders together that are no machines. */
export interface LogBounds { machine: Bound, stranger: Bound, strangers: Bound, all: Bound }

interface Row { id: number, address: string, content: string }
interface Sums { lines: number, bytes: number }

/** Ids of lines are the row's times this, plus their place in it. */
const linesPerRow = 1024
const rowBytes = 128
const trimEvery = 16

/** Where lines are kept. Not synced each time: after a power cut the last ones may be missing, and nothing else. */
export class LogStore {
  readonly #database: Database
  readonly #bounds: LogBounds
  readonly #insert
  /** What the lines that came last say of installers. */
  readonly hints = new InstallerHints()
  readonly #sinceTrim = new Map<string, number>()
  #puts = 0

  constructor(database: Database, bounds: LogBounds) {
    this.#database = database
    this.#bounds = bounds
    // A machine that was forgotten a moment ago is none any more.
    this.#insert = database.prepare<[string | null, string | null, string, number, number, number, number, string]>('INSERT INTO log_rows (machine, mac, address, last_at, lines, bytes, dropped, content) VALUES ((SELECT id FROM machines WHERE id = ?), ?, ?, ?, ?, ?, ?, ?)')
  }

  /** Stores what came from several senders, in one transaction; gives the lines with their ids. */
  put(batches: readonly { sender: Sender, lines: readonly NewLine[] }[]): { sender: Sender, lines: LogLine[] }[] {
    // What other transactions commit is synced all the same: a later sync covers the whole log (sqlite.org/wal.html).
    this.#database.pragma('synchronous = NORMAL')
    try {
      return this.#database.transaction(() => batches.map(({ sender, lines }) => ({ sender, lines: this.#putLines(sender, lines) }))).immediate()
    } finally { this.#database.pragma('synchronous = FULL') }
  }

  #putLines(sender: Sender, lines: readonly NewLine[]): LogLine[] {
    if (sender.machine !== null) this.hints.take(sender.machine, lines)
    const stored: LogLine[] = []
    for (let from = 0; from < lines.length; from += linesPerRow) {
      const part = lines.slice(from, from + linesPerRow)
      const content = JSON.stringify(part)
      const dropped = part.reduce((sum, line) => sum + line.dropped, 0)
      const { lastInsertRowid } = this.#insert.run(sender.machine, sender.machine === null ? sender.mac : null, sender.address, part.at(-1)!.at, part.length, content.length + rowBytes, dropped, content)
      stored.push(...withIds({ id: Number(lastInsertRowid), address: sender.address, content }))
    }
    this.#bound(sender, Math.ceil(lines.length / 64))
    return stored
  }

  #bound(sender: Sender, weight: number): void {
    const key = sender.machine ?? sender.mac ?? sender.address
    const since = (this.#sinceTrim.get(key) ?? trimEvery) + weight
    if (this.#sinceTrim.size > 4096) this.#sinceTrim.clear()
    this.#sinceTrim.set(key, since >= trimEvery ? 0 : since)
    if (since >= trimEvery) this.#trim(whose(sender), sender.machine === null ? this.#bounds.stranger : this.#bounds.machine)
    this.#puts += weight
    if (this.#puts < 8 * trimEvery) return
    this.#puts = 0
    this.#trim({ where: 'machine IS NULL', values: [] }, this.#bounds.strangers)
    this.#trim({ where: 'TRUE', values: [] }, this.#bounds.all)
  }

  /** The sums come first: they are read from an index alone, and most of the time nothing has to go. */
  #trim({ where, values }: { where: string, values: string[] }, most: Bound): void {
    const sums = this.#database.prepare<unknown[], Sums>(`SELECT coalesce(sum(lines), 0) AS lines, coalesce(sum(bytes), 0) AS bytes FROM log_rows WHERE ${where}`).get(...values)!
    if (sums.lines <= most.lines && sums.bytes <= most.bytes) return
    this.#database.prepare(`DELETE FROM log_rows WHERE id <= (SELECT id FROM (
      SELECT id, sum(lines) OVER newer AS lines, sum(bytes) OVER newer AS bytes FROM log_rows WHERE ${where} WINDOW newer AS (ORDER BY id DESC)) WHERE lines > ? OR bytes > ? ORDER BY id DESC LIMIT 1) AND ${where}`)
      .run(...values, most.lines, most.bytes, ...values)
  }

  /** The newest `limit` lines of a machine behind line `after`, oldest first: also what its MACs sent before it was known. */
  ofMachine(machine: string, macs: readonly string[], after: number, limit: number): LogLine[] {
    return this.#list('(machine = ? OR (machine IS NULL AND mac IN (SELECT value FROM json_each(?))))', [machine, JSON.stringify(macs)], after, limit)
  }

  /** The same of a stranger: of its MAC, or of an address that no MAC is known of. */
  ofStranger(reference: { mac: string } | { address: string }, after: number, limit: number): LogLine[] {
    return 'mac' in reference ? this.#list('machine IS NULL AND mac = ?', [reference.mac], after, limit) : this.#list('machine IS NULL AND mac IS NULL AND address = ?', [reference.address], after, limit)
  }

  #list(where: string, values: string[], after: number, limit: number): LogLine[] {
    const rows = this.#database.prepare<unknown[], Row>(`SELECT id, address, content FROM log_rows WHERE ${where} AND id >= ? ORDER BY id DESC`)
    const lines: LogLine[][] = []
    let count = 0
    for (const row of rows.iterate(...values, Math.floor(after / linesPerRow))) {
      const found = withIds(row).filter(({ id }) => id > after)
      lines.unshift(found)
      count += found.length
      if (count >= limit) break
    }
    return lines.flat().slice(-limit)
  }

  /** Whoever sent lines, the one heard last first. */
  senders(limit: number): { machine: string | null, mac: string | null, address: string, lines: number, dropped: number, lastAt: number }[] {
    return this.#database.prepare<[number], ReturnType<LogStore['senders']>[number]>(`SELECT machine, mac, address, sum(lines) - count(nullif(dropped, 0)) AS lines, sum(dropped) AS dropped, max(last_at) AS lastAt
      FROM log_rows GROUP BY coalesce(machine, mac, address) ORDER BY lastAt DESC LIMIT ?`).all(limit)
  }
}

function whose(sender: Sender): { where: string, values: string[] } {
  if (sender.machine !== null) return { where: 'machine = ?', values: [sender.machine] }
  return sender.mac !== null ? { where: 'machine IS NULL AND mac = ?', values: [sender.mac] } : { where: 'machine IS NULL AND mac IS NULL AND address = ?', values: [sender.address] }
}

function withIds({ id, address, content }: Row): LogLine[] {
  return (JSON.parse(content) as NewLine[]).map((line, index) => ({ id: id * linesPerRow + index, address, ...line }))
}
