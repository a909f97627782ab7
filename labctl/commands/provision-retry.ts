import { Command } from 'commander'
import type { MachineDetail, Order } from '../../protocol/machines.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderReference, renderTask } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { given, repeated } from './repeated-option.ts'
import { showArmed } from './show-armed.ts'
import { demandYes, losses, planOf, showPlan } from './show-plan.ts'

interface RetryOptions extends FormatOptions { accept?: string[], wipe?: string[], yes?: boolean }

const examples = `
An order that destroys something is shown again: the plan from the machine's last facts, with what earlier
attempts left. What was given to the order with --accept and --wipe still holds; more can be added.

Examples:
  labctl provision retry worker-1
  labctl provision retry worker-1 --accept changed-filesystem=var --yes`

/** `labctl provision retry`: arms a failed order once more, with the new plan shown. */
export function provisionRetry(session: Session): Command {
  return withFormat(new Command('retry').description('arm a failed order once more: shows the new plan and asks')
    .argument('<machine>', 'name, MAC, UUID or id')
    .option('--accept <override>', 'a further refusal that does not hold; may be repeated', repeated)
    .option('--wipe <disk>', 'identity of a further disk that may lose what it holds; may be repeated', repeated)
    .option('-y, --yes', 'do not ask'))
    .addHelpText('after', examples)
    .action(async (machine: string, options: RetryOptions) => {
      const bastion = openBastion(session)
      const detail = await bastion.machine(machine)
      const added = given({ wipe: options.wipe, accept: options.accept })
      if (detail.machine.order?.kind === 'erase') await demandYes(session, `Erase ${detail.machine.order.wipe.join(', ')} of ${renderReference(detail.machine)} once more, for good?`, { yes: options.yes, undone: `The order for ${machine} was not retried`, nextStep: 'The same with --yes.' })
      const shown = mustShow(session, detail.machine.order, options) ? await showAgain(session, bastion, machine, detail, options) : undefined
      const order = await bastion.retry(machine, { ...added, ...given({ shown }) })
      answer(session, options.output, order, () => { showArmed(session.terminal, order, detail, machine) })
    })
}

// An install of which no plan was ever shown is retried by scripts as ever: it may use only empty disks and those of --wipe.
function mustShow(session: Session, order: Order | null, { yes }: RetryOptions): order is Order {
  if (order === null || (order.state !== 'failed' && order.state !== 'contested')) return false
  if (order.kind === 'reprovision' || order.planShown === true) return true
  return order.kind === 'install' && order.wipe.length > 0 && session.canAsk && yes !== true
}

async function showAgain(session: Session, bastion: BastionClient, machine: string, { machine: { order }, facts }: MachineDetail, options: RetryOptions): Promise<string> {
  const kind = order?.kind === 'reprovision' ? 'reprovision' : 'install'
  const made = planOf(await bastion.plan({ machine, order: kind, retry: true, ...given({ wipe: options.wipe, accept: options.accept }) }))
  showPlan(session, options.output, made, facts)
  await demandYes(session, `Retry to ${order === null ? kind : renderTask(order)}? The plan ${losses(made.plan)}.`, {
    yes: options.yes, undone: `The order for ${machine} was not retried`, nextStep: `Read the plan, then: labctl provision retry ${machine} --yes`,
  })
  return made.digest
}
