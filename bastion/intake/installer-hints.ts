// What the logs of machines' installers say of how far they are, in memory alone: a hint that is lost with the process comes again with the next line.
import type { InstallerHint, LogLine } from '../../protocol/machine-logs.ts'
import { hintAfter, noHint, type HintState } from './decide-installer-hint.ts'
import { parseInstallerLine } from './parse-installer-line.ts'

const mostMachines = 1000

/** Hints by machine; those of a thousand machines, the one that was silent for longest out first. */
export class InstallerHints {
  readonly #states = new Map<string, HintState>()

  /** Lines that a machine, as far as its address says, sent. */
  take(machine: string, lines: readonly Pick<LogLine, 'at' | 'text'>[]): void {
    let state = this.#states.get(machine) ?? noHint
    const before = state
    for (const { at, text } of lines) {
      const word = parseInstallerLine(text)
      if (word !== null) state = hintAfter(state, word, at)
    }
    if (state === before) return
    this.#states.delete(machine)
    this.#states.set(machine, state)
    if (this.#states.size > mostMachines) this.#states.delete(this.#states.keys().next().value!)
  }

  /** The last hint of a machine that came behind `since`, in milliseconds since 1970; null for none. */
  of(machine: string, since: number): InstallerHint | null {
    const hint = this.#states.get(machine)?.hint ?? null
    return hint !== null && hint.at > since ? hint : null
  }
}
