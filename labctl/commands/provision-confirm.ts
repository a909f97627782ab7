import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderFacts } from '../output/render-facts.ts'
import { renderReference, renderTask } from '../output/render-order.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { given, repeated } from './repeated-option.ts'
import { showArmed } from './show-armed.ts'
import { demandYes, losses, planOf, showPlan } from './show-plan.ts'

interface ConfirmOptions extends FormatOptions { wipe?: string[], yes?: boolean }

const examples = `
An order for a machine that was never seen goes on by itself only if it named the system's serial or UUID and a disk,
and the machine has them. Else it waits here: what the machine is, and what would be done to its disks, is shown.

Examples:
  labctl provision confirm worker-1
  labctl provision confirm worker-1 --wipe ata-SAMSUNG_123 --yes`

/** `labctl provision confirm`: says that the machine which came is the one that an order meant. */
export function provisionConfirm(session: Session): Command {
  return withFormat(new Command('confirm').description('say that this is the machine that was ordered for before it was seen: shows it and the plan, and asks')
    .argument('<machine>', 'name of the order, or name, MAC, UUID or id')
    .option('--wipe <disk>', 'identity of a further disk that may lose what it holds; may be repeated', repeated)
    .option('-y, --yes', 'do not ask'))
    .addHelpText('after', examples)
    .action(async (machine: string, options: ConfirmOptions) => {
      const bastion = openBastion(session)
      const detail = await bastion.machine(machine)
      const waiting = detail.orders.filter(({ state }) => state === 'unconfirmed')
      const order = waiting.find(({ name }) => name === machine) ?? waiting[0]
      if (order === undefined) throw new LabctlError('refused', 'nothing-to-confirm', detail.machine.state === 'expected' ? `${machine} was never seen: there is no machine to confirm yet.` : `${machine} has no order that waits for a confirmation.`, { nextStep: detail.machine.state === 'expected' ? `Boot it from the network: labctl provision watch ${machine}` : `labctl provision describe ${machine}` })
      if (waiting.length > 1 && order.name !== machine) throw new LabctlError('usage', 'which-order', `${waiting.length} orders were given for ${machine} before it was seen: ${waiting.map(({ name }) => name).join(', ')}.`, { nextStep: `Name the one that is meant: labctl provision confirm ${order.name}` })
      const made = planOf(await bastion.plan({ machine: detail.machine.id, order: 'install', role: order.role, os: order.os, wipe: [...order.wipe, ...options.wipe ?? []] }))
      const say = (line: string) => options.output === 'table' ? session.terminal.line(line) : session.terminal.note(line)
      const tell = (text: string) => { for (const line of text.split('\n')) say(line) }
      tell(`${renderReference(detail.machine)} came, and an order to ${renderTask(order)} waits. ${order.because ?? ''}`)
      for (const part of detail.facts === null ? [] : renderFacts(detail.facts).slice(0, 4)) tell(`\n${part.title}\n${part.rows.length === 0 ? '  none' : renderTable(part.head, part.rows, false).trimEnd()}`)
      tell('')
      showPlan(session, options.output, made, detail.facts)
      await demandYes(session, `Is this the machine that was meant, and ${renderTask(order)}? The plan ${losses(made.plan)}.`, { yes: options.yes, undone: `The order for ${order.name} was not confirmed`, nextStep: `Compare serial, MACs and disks, then: labctl provision confirm ${machine} --yes` })
      const armed = await bastion.confirm(order.name, { shown: made.digest, ...given({ wipe: options.wipe }) })
      answer(session, options.output, armed, () => { showArmed(session.terminal, armed, detail, armed.name) })
    })
}
