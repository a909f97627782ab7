import { Command } from 'commander'
import type { MachineSummary, Stranger } from '../../protocol/machines.ts'
import { parseLabelSelector } from '../../protocol/label-selectors.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderLabels } from '../output/render-labels.ts'
import { renderModel, renderOrder, renderReference, renderState } from '../output/render-order.ts'
import { renderTable } from '../output/render-table.ts'
import { renderSeen } from '../output/render-time.ts'
import { renderMark, renderStrangers } from '../output/render-verdict.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { repeated } from './repeated-option.ts'

interface ListOptions extends FormatOptions { label?: string[] }

/** `labctl provision list`: every machine that the bastion knows. */
export function provisionList(session: Session): Command {
  return withFormat(new Command('list').alias('ls').description('list the machines that the bastion knows').option('-l, --label <selector>', 'only those with this label: KEY=VALUE, KEY!=VALUE, KEY or !KEY; may be repeated', repeated)).action(async (options: ListOptions) => {
    const { label = [] } = options
    for (const text of label) judgeSelector(text)
    const bastion = openBastion(session)
    const [machines, strangers] = await Promise.all([bastion.machines(label), label.length === 0 ? bastion.strangers() : []])
    answer(session, options.output, { machines, strangers }, () => {
      if (machines.length === 0 && label.length > 0) return session.terminal.line(`No machine has the label ${label.join(' and ')}. labctl provision list shows all, with their labels.`)
      printMachines(session, machines)
      for (const machine of machines) if (machine.problem != null) session.terminal.line({ text: `What was imported for ${renderReference(machine)} was not taken: ${machine.problem}`, tone: 'bad' })
      printStrangers(session, strangers)
      if (machines.some(({ verdict }) => verdict != null) || strangers.some(({ verdict }) => verdict !== null)) session.terminal.line('labctl provision describe says what a verdict is about, and what to try.')
    })
  })
}

function judgeSelector(text: string): void {
  const selector = parseLabelSelector(text)
  if ('mistake' in selector) throw new LabctlError('usage', 'selector-invalid', `--label: ${selector.mistake}.`, { nextStep: 'labctl provision list --label rack=3' })
}

function printMachines({ terminal }: Session, machines: readonly MachineSummary[]): void {
  if (machines.length === 0) {
    terminal.line('No machines yet.')
    terminal.line('Switch one on in the network that the bastion serves, set to boot from the network: it shows up here by itself.')
    terminal.line('labctl provision watch shows it as it comes; labctl doctor says what may be missing on the bastion’s host.')
    return
  }
  const now = Date.now()
  const labelled = machines.some(({ labels = {} }) => Object.keys(labels).length > 0)
  const verdicts = machines.some(({ verdict }) => verdict != null)
  terminal.print(renderTable(['MACHINE', 'STATE', 'ORDER', 'MAC', 'ADDRESS', 'FIRMWARE', 'MODEL', 'SEEN', ...labelled ? ['LABELS'] : [], ...verdicts ? ['VERDICT'] : [], 'ALARMS'], machines.map(machine => [
    { text: renderReference(machine), tone: 'strong' }, renderState(machine), machine.order === null ? '-' : renderOrder(machine.order),
    machine.macs[0] === undefined ? '-' : `${machine.macs[0]}${machine.macs.length > 1 ? ` +${machine.macs.length - 1}` : ''}`,
    machine.address ?? '-', machine.firmware ?? '-', renderModel(machine), renderSeen(machine.lastSeenAt, now), ...labelled ? [renderLabels(machine.labels ?? {}) || '-'] : [], ...verdicts ? [renderMark(machine.verdict)] : [],
    machine.alarms === 0 ? '-' : { text: String(machine.alarms), tone: 'bad' },
  ]), terminal.color))
}

function printStrangers({ terminal }: Session, strangers: readonly Stranger[]): void {
  if (strangers.length === 0) return
  terminal.line()
  terminal.line({ text: 'Seen booting from the network, and no machine yet', tone: 'strong' })
  terminal.print(renderStrangers(strangers, Date.now(), terminal.color))
}
