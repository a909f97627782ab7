import type { ExpectedMachine } from '../../protocol/expected.ts'
import type { MachineDetail, MachineSummary } from '../../protocol/machines.ts'
import { matchesSelectors, type LabelSelector } from '../../protocol/label-selectors.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { decideSettings, withoutHashes } from '../install/decide-settings.ts'
import { expectedView } from './advance-view.ts'
import { machineView } from './machine-view.ts'

/** All machines that the selectors choose: those that are there, those that an order waits for, and those of which something else is known. */
export function listMachines(room: BootRoom, selectors: readonly LabelSelector[]): MachineSummary[] {
  const waiting = room.expected.list()
  const ordered = room.advance.listUnseen().map(order => {
    const known = waiting.find(({ mac }) => mac === order.mac)
    return { ...expectedView(room, order), ...known === undefined ? {} : said(known) }
  })
  const others = waiting.filter(({ mac }) => mac === null || !ordered.some(({ macs }) => macs.includes(mac)))
  return [...room.machines.list().map(machine => machineView(room, machine)), ...ordered, ...others.map(importedView)].filter(({ labels }) => matchesSelectors(labels ?? {}, selectors))
}

/** What was imported for a machine never seen that this word means; null when it means none, or a machine that is there. */
export function importedOf(room: BootRoom, reference: string): ExpectedMachine | null {
  const found = room.machines.listByReference(reference).length > 0 ? [] : room.expected.listByReference(reference)
  return found.length === 1 ? found[0]! : null
}

/** A machine of which only that is known which was imported for it. */
export function importedView(expected: ExpectedMachine): MachineSummary {
  const { id, name, mac, uuid, serial } = expected
  return {
    id, name, state: 'expected', macs: mac === null ? [] : [mac], uuid, serial, manufacturer: null, product: null, firmware: null, address: null, waiting: false, order: null, alarms: 0, lastSeenAt: 0, verdict: null, ...said(expected),
  }
}

/** All that is known of it. */
export function importedDetail(room: BootRoom, expected: ExpectedMachine): MachineDetail {
  const role = expected.role ?? room.config.install.role
  const { settings, from } = decideSettings(room.config, role, expected.settings)
  return { machine: importedView(expected), facts: null, orders: [], record: null, proof: null, report: null, changes: null, timeline: [], settings: { role, settings: withoutHashes(settings), from, own: withoutHashes(expected.settings) } }
}

function said({ role, labels, problem }: ExpectedMachine): Pick<MachineSummary, 'role' | 'labels' | 'problem'> {
  return { role, labels, problem }
}
