import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderReference, renderTask } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const machineArgument = ['<machine>', 'name, MAC, UUID or id'] as const

/** `labctl provision cancel`: takes back an order that has not begun. */
export function provisionCancel(session: Session): Command {
  return withFormat(new Command('cancel').description('take back an order that has not begun').argument(...machineArgument)).action(async (machine: string, options: FormatOptions) => {
    const order = await openBastion(session).cancel(machine)
    answer(session, options.output, order, () => {
      session.terminal.line([{ text: 'Cancelled', tone: 'good' }, `: the order to ${renderTask(order)} (attempt ${order.attempt}).`])
      session.terminal.line(order.kind === 'install' ? `Next: labctl provision install ${machine} NAME orders anew.` : `Next: labctl provision describe ${machine}`)
    })
  })
}

/** `labctl provision forget`: removes a machine from the bastion's memory. */
export function provisionForget(session: Session): Command {
  return new Command('forget').description('forget a machine: its record, orders and tickets; its disks are not touched').argument(...machineArgument).option('-y, --yes', 'do not ask')
    .action(async (machine: string, options: { yes?: boolean }) => {
      const bastion = openBastion(session)
      if (options.yes !== true) {
        const { machine: found } = await bastion.machine(machine)
        const sure = await session.confirm(`Forget ${renderReference(found)} (${found.macs.join(', ')}), with its orders and tickets?`)
        if (!sure) throw new LabctlError('usage', 'not-confirmed', `${machine} was not forgotten: nobody said yes.`, { nextStep: `labctl provision forget ${machine} --yes` })
      }
      await bastion.forget(machine)
      session.terminal.line([{ text: 'Forgotten', tone: 'good' }, `: ${machine}. It is discovered anew when it boots from the network again.`])
    })
}
