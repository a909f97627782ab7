import type { LogChoice, LogEvent, LogLine } from '../../protocol/machine-logs.ts'
import { renderJsonLine } from '../output/render-document.ts'
import { renderLogLine } from '../output/render-log-line.ts'
import type { Terminal } from '../output/terminal.ts'

/** Errors that are shown beside a timeline within two seconds; a failing disk says the same a thousand times. */
const mostErrors = 20
const withinMs = 2000

/** Prints lines of machines' logs once each. */
export class LogPrinter {
  readonly #terminal: Terminal
  readonly #json: boolean
  readonly #choice: LogChoice
  readonly #nameOf: (event: Pick<LogEvent, 'machine' | 'mac'>, line: LogLine) => string | null
  #since = 0
  #shown = 0
  #hidden = 0
  lastId = 0

  /** `json`: one JSON document per line. `nameOf`: how the machine is named in front of a line; null for not at all. */
  constructor(terminal: Terminal, options: { json: boolean, choice: LogChoice, nameOf?: (event: Pick<LogEvent, 'machine' | 'mac'>, line: LogLine) => string | null }) {
    this.#terminal = terminal
    this.#json = options.json
    this.#choice = options.choice
    this.#nameOf = options.nameOf ?? (() => null)
  }

  /** Prints what is new of it. */
  print({ logs, ...event }: LogEvent): void {
    for (const line of logs) {
      if (line.id <= this.lastId) continue
      this.lastId = line.id
      if (this.#json) this.#terminal.print(renderJsonLine({ log: line, ...event }))
      else if (this.#choice === 'all' || this.#mayShow()) this.#terminal.line(renderLogLine(line, this.#nameOf(event, line)))
    }
  }

  #mayShow(): boolean {
    const now = Date.now()
    if (now - this.#since > withinMs) {
      if (this.#hidden > 0) this.#terminal.line({ text: `${this.#hidden} more errors are in labctl provision logs.`, tone: 'faint' })
      this.#since = now
      this.#shown = this.#hidden = 0
    }
    if (this.#shown >= mostErrors) this.#hidden += 1
    else this.#shown += 1
    return this.#hidden === 0
  }
}
