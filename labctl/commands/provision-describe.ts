import { Command } from 'commander'
import type { MachineDetail, Order, TimelineEntry } from '../../protocol/machines.ts'
import { logLinesBeside } from '../client/log-lines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { renderFacts } from '../output/render-facts.ts'
import { renderHint } from '../output/render-hint.ts'
import { printLog } from '../output/print-log.ts'
import { renderDifferences } from '../output/render-questions.ts'
import { renderLabels } from '../output/render-labels.ts'
import { renderModel, renderOrder, renderReference, renderState, renderTask } from '../output/render-order.ts'
import { renderProof, renderRecord } from '../output/render-record.ts'
import { renderSettings } from '../output/render-settings.ts'
import { renderVerdict } from '../output/render-verdict.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge, renderSeen } from '../output/render-time.ts'
import { renderEntry } from '../output/render-entry.ts'
import type { Terminal } from '../output/terminal.ts'
import type { Session } from '../session.ts'
import { describeAnswer } from './describe-answer.ts'
import { describeStranger } from './describe-stranger.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const linesShown = 10

/** `labctl provision describe`: all that is known about one machine. */
export function provisionDescribe(session: Session): Command {
  return withFormat(new Command('describe').description('show all that is known about a machine').argument('<machine>', 'name, MAC, UUID or id')).option('--answer', 'only what the machine gets when it asks for its open order: the whole kickstart, or the steps').action(async (machine: string, options: FormatOptions & { answer?: boolean }) => {
    const bastion = openBastion(session)
    if (options.answer === true) return describeAnswer(session, bastion, machine)
    const detail = await bastion.machine(machine).catch(error => describeStranger(session, bastion, machine, options, error))
    if (detail === undefined) return
    const syslog = await logLinesBeside(bastion, detail.machine.id, linesShown)
    answer(session, options.output, { ...detail, syslog }, () => {
      printDetail(session.terminal, detail, Date.now())
      printLog(session.terminal, syslog, renderReference(detail.machine))
    })
  })
}

function printDetail(terminal: Terminal, detail: MachineDetail, now: number): void {
  const { machine } = detail
  const section = (title: string) => { terminal.line(); terminal.line({ text: title, tone: 'strong' }) }
  terminal.line({ text: renderReference(machine), tone: 'strong' })
  terminal.print(renderTable(null, [
    ['  state', renderState(machine)], ['  model', renderModel(machine)], ['  serial', machine.serial ?? '-'], ['  UUID', machine.uuid ?? '-'],
    ['  MACs', machine.macs.join(', ') || '-'], ['  address', machine.address ?? '-'], ['  firmware', machine.firmware ?? '-'], ['  id', machine.id],
    ['  role', machine.role ?? '-'], ['  labels', renderLabels(machine.labels ?? {}) || '-'],
    ['  seen', renderSeen(machine.lastSeenAt, now)], ['  alarms', machine.alarms === 0 ? 'none' : { text: String(machine.alarms), tone: 'bad' }],
  ], terminal.color))
  if (machine.problem != null) terminal.line({ text: `  What was imported for it was not taken: ${machine.problem}`, tone: 'bad' })
  if (machine.verdict != null) {
    section(`Silent: ${machine.verdict.code}`)
    for (const line of renderVerdict(machine.verdict, '  ')) terminal.line(line)
  }
  printDifferences(terminal, detail, section, now)
  if (detail.facts === null) {
    section('Hardware')
    terminal.line('  Not known yet: the machine tells it when it is discovered. Boot it from the network.')
  } else {
    for (const part of renderFacts(detail.facts)) {
      section(part.title)
      terminal.print(part.rows.length === 0 ? '  none' : renderTable(part.head, part.rows, terminal.color))
    }
  }
  printStorage(terminal, detail, section)
  if (detail.settings !== undefined) {
    section(`Settings of its next system, in the role ${detail.settings.role}`)
    terminal.print(renderSettings(detail.settings, terminal.color))
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

function printDifferences(terminal: Terminal, { machine, report, changes }: MachineDetail, section: (title: string) => void, now: number): void {
  if (report != null) {
    section(`Reported ${renderAge(report.at, now)}, and kept beside the record`)
    terminal.line(`  ${report.because}`)
    terminal.print(renderDifferences(report.differences, terminal.color))
  }
  if (report != null || machine.alarms > 0) terminal.line({ text: `  Say what it is: labctl provision resolve ${renderReference(machine)}`, tone: 'warning' })
  if (changes == null) return
  section(`Changed at the last discovery that changed anything, ${renderAge(changes.at, now)}`)
  for (const line of changes.lines) terminal.line(`  ${line}`)
}

function printOrders(terminal: Terminal, { machine, orders, timeline, hint }: MachineDetail, section: (title: string) => void, now: number): void {
  section('Orders')
  if (orders.length === 0) return terminal.line(`  None. labctl provision install ${renderReference(machine)} NAME orders an operating system.`)
  for (const order of orders) {
    terminal.line(['  ', renderOrder(order), `  ${describeOrder(order)}, attempt ${order.attempt}, ${renderAge(order.updatedAt, now)}`])
    if (order.accept.length > 0) terminal.line(['    ', { text: `overridden: ${order.accept.join(', ')}`, tone: 'warning' }])
    if (order.because !== null) terminal.line(`    ${order.because}`)
    if (hint != null && order.state === 'installing') terminal.line(['    ', { text: `${renderHint(hint)}, by syslog, which proves nothing`, tone: 'faint' }])
    if (order.kind === 'rescue' && order.state === 'installing') printRescue(terminal, machine.address, timeline, order)
    if (order.state === 'unconfirmed') terminal.line(`    labctl provision confirm ${order.name}; labctl provision cancel ${order.name}`)
    if (order.state === 'failed') terminal.line(`    labctl provision logs ${renderReference(machine)}; labctl provision retry ${renderReference(machine)}`)
  }
}

function describeOrder(order: Order): string {
  if (order.kind === 'rescue' || order.kind === 'erase') return renderTask(order)
  return `${renderTask(order)}, role ${order.role}${order.wipe.length === 0 ? '' : `, may wipe ${order.wipe.join(', ')}`}`
}

function printStorage(terminal: Terminal, { machine, record, proof }: MachineDetail, section: (title: string) => void): void {
  if (record !== undefined && record !== null) {
    section('Ours: what a reprovision may reformat, and what it keeps')
    terminal.print(renderRecord(record, terminal.color))
    terminal.line(`  Whatever is not listed here stays as it is. labctl provision plan ${renderReference(machine)} shows all of it.`)
  } else if (machine.state === 'installed' || machine.state === 'enrolled') {
    section('Ours')
    terminal.line(`  Nothing is recorded: labctl provision adopt ${renderReference(machine)} shows what would be taken for ours.`)
  }
  if (proof !== undefined && proof !== null) {
    section('Kept data: compared before and after')
    terminal.print(proof.rows.length === 0 ? '  Nothing was to be kept.' : renderProof(proof, terminal.color))
    terminal.line(proof.same ? { text: '  All the same.', tone: 'good' } : { text: '  NOT ALL THE SAME: look at the lines that differ before the machine is used.', tone: 'bad' })
  }
}

// The RAM disk tells its host key's fingerprint in a timeline entry; the newest one since the order counts.
function printRescue(terminal: Terminal, address: string | null, timeline: readonly TimelineEntry[], { createdAt }: Order): void {
  const fingerprint = timeline.filter(entry => entry.at >= createdAt).map(entry => /SHA256:[A-Za-z0-9+/]{43}/.exec(entry.text)?.[0]).findLast(found => found !== undefined)
  if (fingerprint === undefined) return terminal.line('    SSH is not up yet.')
  terminal.line(['    ', { text: `ssh root@${address ?? 'ADDRESS'}`, tone: 'strong' }, `  host key ${fingerprint}`])
}
