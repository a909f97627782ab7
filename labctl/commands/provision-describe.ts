import { Command } from 'commander'
import type { MachineDetail } from '../../protocol/machines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderFacts } from '../output/render-facts.ts'
import { renderModel, renderOrder, renderReference, renderState } from '../output/render-order.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge } from '../output/render-time.ts'
import { renderEntry } from '../output/render-entry.ts'
import type { Terminal } from '../output/terminal.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

/** `labctl provision describe`: all that is known about one machine. */
export function provisionDescribe(session: Session): Command {
  return withFormat(new Command('describe').description('show all that is known about a machine').argument('<machine>', 'name, MAC, UUID or id')).action(async (machine: string, options: FormatOptions) => {
    const detail = await openBastion(session).machine(machine)
    answer(session, options.output, detail, () => { printDetail(session.terminal, detail, Date.now()) })
  })
}

function printDetail(terminal: Terminal, detail: MachineDetail, now: number): void {
  const { machine } = detail
  const section = (title: string) => { terminal.line(); terminal.line({ text: title, tone: 'strong' }) }
  terminal.line({ text: renderReference(machine), tone: 'strong' })
  terminal.print(renderTable(null, [
    ['  state', renderState(machine)], ['  model', renderModel(machine)], ['  serial', machine.serial ?? '-'], ['  UUID', machine.uuid ?? '-'],
    ['  MACs', machine.macs.join(', ') || '-'], ['  address', machine.address ?? '-'], ['  firmware', machine.firmware ?? '-'], ['  id', machine.id],
    ['  seen', renderAge(machine.lastSeenAt, now)], ['  alarms', machine.alarms === 0 ? 'none' : { text: String(machine.alarms), tone: 'bad' }],
  ], terminal.color))
  if (detail.facts === null) {
    section('Hardware')
    terminal.line('  Not known yet: the machine tells it when its RAM disk has started. Boot it from the network.')
  } else {
    for (const part of renderFacts(detail.facts)) {
      section(part.title)
      terminal.print(part.rows.length === 0 ? '  none' : renderTable(part.head, part.rows, terminal.color))
    }
  }
  printOrders(terminal, detail, section, now)
  section('Timeline')
  const recent = detail.timeline.slice(-15)
  if (recent.length === 0) terminal.line('  Nothing has happened yet.')
  for (const entry of recent) terminal.line(['  ', ...renderEntry(entry, { name: null, sinceMs: null })])
  const alarms = detail.timeline.filter(entry => entry.alarm && !recent.includes(entry))
  if (alarms.length > 0) section('Earlier alarms')
  for (const entry of alarms) terminal.line(['  ', ...renderEntry(entry, { name: null, sinceMs: null })])
}

function printOrders(terminal: Terminal, { machine, orders }: MachineDetail, section: (title: string) => void, now: number): void {
  section('Orders')
  if (orders.length === 0) return terminal.line(`  None. labctl provision install ${renderReference(machine)} NAME orders an operating system.`)
  for (const order of orders) {
    terminal.line(['  ', renderOrder(order), `  ${order.os} as ${order.name}, role ${order.role}, attempt ${order.attempt}, ${renderAge(order.updatedAt, now)}${order.wipe.length === 0 ? '' : `, may wipe ${order.wipe.join(', ')}`}`])
    if (order.because !== null) terminal.line(`    ${order.because}`)
    if (order.state === 'failed') terminal.line(`    labctl provision logs ${renderReference(machine)}; labctl provision retry ${renderReference(machine)}`)
  }
}
