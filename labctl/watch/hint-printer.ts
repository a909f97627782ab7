import type { InstallerHint } from '../../protocol/machine-logs.ts'
import { renderHint } from '../output/render-hint.ts'
import { renderClock } from '../output/render-time.ts'
import type { Terminal } from '../output/terminal.ts'

const everyPercent = 25

/** Prints what an installer's log says, for whoever watches: each step once, and within one each quarter. */
export class HintPrinter {
  readonly #terminal: Terminal
  #said = ''

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  print(hint: InstallerHint | null): void {
    if (hint === null) return
    const is = `${hint.step} ${Math.floor((hint.percent ?? 0) / everyPercent)}`
    if (is === this.#said) return
    this.#said = is
    this.#terminal.line({ text: `${renderClock(hint.at)}  ${renderHint(hint)}`, tone: 'faint' })
  }
}
