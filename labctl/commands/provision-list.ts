import { Command } from 'commander'
import type { MachineSummary } from '../../protocol/machines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderModel, renderOrder, renderReference, renderState } from '../output/render-order.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge } from '../output/render-time.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

/** `labctl provision list`: every machine that the bastion knows. */
export function provisionList(session: Session): Command {
  return withFormat(new Command('list').alias('ls').description('list the machines that the bastion knows')).action(async (options: FormatOptions) => {
    const machines = await openBastion(session).machines()
    answer(session, options.output, { machines }, () => { printMachines(session, machines) })
  })
}

function printMachines({ terminal }: Session, machines: readonly MachineSummary[]): void {
  if (machines.length === 0) {
    terminal.line('No machines yet.')
    terminal.line('Switch one on in the network that the bastion serves, set to boot from the network: it shows up here by itself.')
    terminal.line('labctl provision watch shows it as it comes; labctl doctor says what may be missing on the bastion’s host.')
    return
  }
  const now = Date.now()
  terminal.print(renderTable(['MACHINE', 'STATE', 'ORDER', 'MAC', 'ADDRESS', 'FIRMWARE', 'MODEL', 'SEEN', 'ALARMS'], machines.map(machine => [
    { text: renderReference(machine), tone: 'strong' }, renderState(machine), machine.order === null ? '-' : renderOrder(machine.order),
    machine.macs[0] === undefined ? '-' : `${machine.macs[0]}${machine.macs.length > 1 ? ` +${machine.macs.length - 1}` : ''}`,
    machine.address ?? '-', machine.firmware ?? '-', renderModel(machine), renderAge(machine.lastSeenAt, now),
    machine.alarms === 0 ? '-' : { text: String(machine.alarms), tone: 'bad' },
  ]), terminal.color))
}
