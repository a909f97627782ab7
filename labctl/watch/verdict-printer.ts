import type { MachineSummary, Stranger, Verdict } from '../../protocol/machines.ts'
import { renderReference } from '../output/render-order.ts'
import { renderVerdict } from '../output/render-verdict.ts'
import type { Terminal } from '../output/terminal.ts'

/** Prints each verdict once, when it is first given, for whoever watches. */
export class VerdictPrinter {
  readonly #terminal: Terminal
  readonly #said = new Map<string, string>()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  machines(machines: readonly MachineSummary[]): void {
    for (const machine of machines) this.#print(machine.id, renderReference(machine), machine.verdict ?? null)
  }

  strangers(strangers: readonly Stranger[]): void {
    for (const { mac, verdict } of strangers) this.#print(mac, mac, verdict)
  }

  #print(key: string, name: string, verdict: Verdict | null): void {
    const is = verdict === null ? '' : `${verdict.code} ${verdict.since}`
    if (is === (this.#said.get(key) ?? '')) return
    this.#said.set(key, is)
    if (verdict === null) return
    this.#terminal.line([{ text: `-- ${name} is silent: ${verdict.code} --`, tone: 'warning' }])
    for (const line of renderVerdict(verdict, '   ')) this.#terminal.line(line)
  }
}
