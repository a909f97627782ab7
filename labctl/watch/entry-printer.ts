import type { TimelineEntry } from '../../protocol/machines.ts'
import { renderJsonLine } from '../output/render-document.ts'
import { renderEntry } from '../output/render-entry.ts'
import { renderTable } from '../output/render-table.ts'
import { renderDuration } from '../output/render-time.ts'
import type { Terminal } from '../output/terminal.ts'
import { judgeBoot, judgePhases, noBoot, type BootClock } from './judge-boot.ts'

/** Prints timeline entries once each, in the order of their ids, with the time since each machine's boot began. */
export class EntryPrinter {
  readonly #terminal: Terminal
  readonly #json: boolean
  readonly #named: boolean
  readonly #clocks = new Map<string, BootClock>()
  readonly #names = new Map<string, string>()
  lastId = 0

  /** `json`: one JSON document per line. `named`: say which machine each entry is about. */
  constructor(terminal: Terminal, options: { json: boolean, named: boolean }) {
    this.#terminal = terminal
    this.#json = options.json
    this.#named = options.named
  }

  /** Whether a name is known for every machine that these entries are about. */
  knows(entries: readonly TimelineEntry[]): boolean {
    return entries.every(({ machine }) => machine === null || this.#names.has(machine))
  }

  /** From now on, the machine with this internal id is shown by this name. */
  learn(id: string, name: string): void {
    this.#names.set(id, name)
  }

  /** Takes entries that came before the watch: they set the clocks, and the last `show` of them are printed. */
  recent(entries: readonly TimelineEntry[], show: number): void {
    const sorted = entries.toSorted((one, other) => one.id - other.id)
    for (const [index, entry] of sorted.entries()) this.#take(entry, index >= sorted.length - show)
  }

  /** Prints entries that are new; others are passed over. */
  print(entries: readonly TimelineEntry[]): void {
    for (const entry of entries.toSorted((one, other) => one.id - other.id)) this.#take(entry, true)
  }

  /** The clock of the machine that entries without a name, or with this key, are about. */
  clock(key: string): BootClock {
    return this.#clocks.get(key) ?? noBoot
  }

  /** A table of the phases that the boot of `key` reached. */
  summary(key: string): void {
    const reached = judgePhases(this.clock(key))
    if (reached.length === 0 || this.#json) return
    this.#terminal.line()
    this.#terminal.print(renderTable(['PHASE', 'AFTER', 'TOOK'], reached.map(one => [one.phase, `+${renderDuration(one.sinceStartMs)}`, renderDuration(one.tookMs)]), this.#terminal.color))
  }

  #take(entry: TimelineEntry, show: boolean): void {
    if (entry.id <= this.lastId) return
    this.lastId = entry.id
    const key = this.#named ? entry.machine ?? entry.mac ?? '?' : 'it'
    const before = this.clock(key)
    const clock = judgeBoot(before, entry)
    this.#clocks.set(key, clock)
    if (!show) return
    if (this.#json) return this.#terminal.print(renderJsonLine(entry))
    if (clock.startedAt !== before.startedAt && before.startedAt !== null) this.#terminal.line({ text: '-- the machine boots anew --', tone: 'faint' })
    const sinceMs = clock.startedAt === null || entry.at < clock.startedAt ? null : entry.at - clock.startedAt
    this.#terminal.line(renderEntry(entry, { name: this.#named ? this.#names.get(key) ?? entry.mac ?? key : null, sinceMs }))
  }
}
