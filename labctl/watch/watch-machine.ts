import type { LogChoice } from '../../protocol/machine-logs.ts'
import type { MachineDetail, Order } from '../../protocol/machines.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderBar } from '../output/render-bar.ts'
import { renderHint } from '../output/render-hint.ts'
import { renderReference, renderTask } from '../output/render-order.ts'
import { renderDuration } from '../output/render-time.ts'
import type { Terminal } from '../output/terminal.ts'
import { EntryPrinter } from './entry-printer.ts'
import { followStream } from './follow-stream.ts'
import { HintPrinter } from './hint-printer.ts'
import { chooseOrder, judgeEnd } from './judge-order.ts'
import { LogPrinter } from './log-printer.ts'
import { VerdictPrinter } from './verdict-printer.ts'

/** Shows one machine's boot phase by phase until its order has ended, and gives that order. Refuses with `timed-out` after `timeoutMs` (null: never). A machine without an order is watched until one came and ended. */
export async function watchMachine(bastion: BastionClient, terminal: Terminal, ref: string, options: { json: boolean, timeoutMs: number | null, logs: LogChoice }): Promise<Order> {
  const printer = new EntryPrinter(terminal, { json: options.json, named: false })
  const logs = new LogPrinter(terminal, { json: options.json, choice: options.logs })
  const verdicts = new VerdictPrinter(terminal)
  const hints = new HintPrinter(terminal)
  const until = options.timeoutMs === null ? Infinity : Date.now() + options.timeoutMs
  let detail = await bastion.machine(ref)
  let order: Order | null = null
  let askedAt = 0
  if (!options.json) terminal.line({ text: `${renderReference(detail.machine)}: ${describe(chooseOrder(detail, null))}`, tone: 'strong' })
  printer.recent(detail.timeline, 20)
  const { id } = detail.machine
  const ticker = setInterval(() => { terminal.status(renderStatus(printer, detail, order)) }, 500)
  try {
    await followStream(bastion, terminal, {
      machine: id, logs: options.logs, heardLogs: event => { logs.print(event) },
      caughtUp: async () => { printer.print(await bastion.timeline(id, printer.lastId)) },
      heard: async entries => {
        printer.print(entries)
        if (entries.length > 0 || Date.now() - askedAt > 4000) {
          detail = await bastion.machine(id)
          askedAt = Date.now()
          if (!options.json) verdicts.machines([detail.machine])
          if (!options.json) hints.print(detail.hint ?? null)
          order = chooseOrder(detail, order?.id ?? null)
        }
        if (order !== null && judgeEnd(order) !== null) return true
        if (Date.now() > until) throw new LabctlError('timed-out', 'watch-timed-out', `${renderReference(detail.machine)} was not done within ${renderDuration(options.timeoutMs ?? 0)}: ${describe(order)}.`, { nextStep: `It may still go on: labctl provision watch ${renderReference(detail.machine)}` })
        return false
      },
    })
    printer.print(await bastion.timeline(id, printer.lastId))
    printer.summary('it')
    return order!
  } finally {
    clearInterval(ticker)
    terminal.status(null)
  }
}

function describe(order: Order | null): string {
  return order === null ? 'no order yet' : `${renderTask(order)}, ${order.state}`
}

function renderStatus(printer: EntryPrinter, { machine, hint }: MachineDetail, order: Order | null): string {
  const { phase, phaseAt } = printer.clock('it')
  if (order === null || order.state === 'armed') return machine.waiting ? '   waiting in its RAM disk' : '   waiting for the machine to boot from the network'
  const bar = order.percent === null ? '' : `  ${renderBar(order.percent, 30)}`
  const said = hint == null || judgeEnd(order) !== null ? '' : `  ${renderHint(hint)}`
  return `   ${(order.phase ?? phase ?? '').padEnd(11)}${bar}  ${phaseAt === null ? '' : renderDuration(Date.now() - phaseAt)}${said}`
}
