// Does what an operator said about a machine whose identity was not clear. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { Questions, ResolveRequest } from '../../../protocol/resolve.ts'
import { describeDifferences } from '../../machines/describe-differences.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { cancelOrder, refused } from '../order-actions.ts'
import { takeFirstBoot } from '../take-progress.ts'
import { tellApart } from './tell-apart.ts'
import { questionsOf } from './questions.ts'

/** See the file's first line. What is asked must still be what was shown. Gives what is asked now, with what was done. */
export function resolveMachine(room: BootRoom, machine: Machine, other: Machine | null, request: ResolveRequest, by: string): Questions {
  const asked = questionsOf(room, machine, other)
  const again = `labctl provision resolve ${labelOf(machine)}`
  if (asked.digest !== request.shown) throw refused([{ code: 'resolve-changed', because: `What is known of ${labelOf(machine)} is not what was shown any more: it reported again, or its record or its order changed in between. Nothing was changed.`, nextStep: `Look at it as it is now: ${again}` }])
  if (!asked.offers.some(({ decision }) => decision === request.decision)) throw refused([{ code: 'resolve-unfit', because: `“${request.decision}” does not fit ${labelOf(machine)} now${asked.offers.length === 0 ? ': nothing is to be resolved' : `; what fits: ${asked.offers.map(({ decision }) => decision).join(', ')}`}.`, nextStep: again }])
  const resolved = room.database.transaction(() => {
    const text = `${by}: ${decided(room, machine, other, request, by)}`
    room.timeline.put({ machine: request.decision === 'same-as' ? other!.id : machine.id, mac: null, phase: 'operator', evidence: 'operator', text })
    if (request.alarmsUpTo !== undefined) room.timeline.putAlarmsSeen(machine.id, request.alarmsUpTo)
    return text
  }).immediate()
  const left = room.machines.findById(machine.id) ?? room.machines.findById(other!.id)!
  room.events.publish({ kind: 'order-changed', machine: left.id, order: asked.order?.id ?? '' })
  return { ...questionsOf(room, left, null), resolved }
}

function decided(room: BootRoom, machine: Machine, other: Machine | null, { decision }: ResolveRequest, by: string): string {
  const label = labelOf(machine)
  switch (decision) {
    case 'take-new': return takeNew(room, machine)
    case 'take-recorded':
      room.reports.drop(machine.id)
      room.identities.removeClaims(machine.id)
      return `the record of ${label} stays; what differed from it was dropped.`
    case 'hear':
      room.identities.hear(machine.id, room.clock() + room.ticketLife.atMostMs)
      return `who was refused as perhaps ${label} may report; it gets nothing else.`
    case 'another': return tellApart(room, machine)
    case 'same-as': return sameAs(room, machine, other!)
    case 'keep-first': return keepFirst(room, machine)
    case 'cancel': return `the contested order was cancelled (${cancelOrder(room, machine, by).name}).`
    case 'seen': return `the alarms of ${label} were seen.`
  }
}

function takeNew(room: BootRoom, machine: Machine): string {
  const report = room.reports.findDiffering(machine.id)!
  const lines = describeDifferences(machine.facts, report.facts)
  for (const { mac, from } of room.reports.take(machine.id, report)) room.timeline.put({ machine: from, mac, phase: 'operator', evidence: 'operator', text: `${mac} belongs to ${labelOf(machine)} from now on.` })
  room.identities.removeClaims(machine.id)
  changed(room, machine.id, lines)
  return `the report replaces the record of ${labelOf(machine)}.`
}

function sameAs(room: BootRoom, machine: Machine, other: Machine): string {
  const busy = room.orders.list(machine.id).length > 0 || machine.state !== 'discovered' || room.records.find(machine.id) !== null
  if (busy || machine.id === other.id || room.orders.findOpen(other.id)?.state === 'installing') throw refused([{ code: 'machine-used', because: `${labelOf(machine)} can’t become ${labelOf(other)}: only a machine that nothing was ordered for can, and not while the other one is being installed.`, nextStep: 'labctl provision describe shows both.' }])
  const lines = describeDifferences(other.facts, machine.facts)
  room.machines.remove(machine.id)
  room.reports.take(other.id, { facts: machine.facts, mac: machine.macs[0] ?? null })
  changed(room, other.id, lines)
  return `${labelOf(machine)} is ${labelOf(other)}, on another board; its facts are that one’s record now.`
}

/** The first key's boot may go on, or has long started the system that it installed. */
function keepFirst(room: BootRoom, machine: Machine): string {
  const order = room.orders.findOpen(machine.id)!
  room.orders.putState(order.id, ['contested'], 'installing', null)
  if (order.publicKey !== null) room.tickets.restoreFirst(order.id, order.publicKey)
  if (order.phase === 'first-boot') takeFirstBoot(room, order, { phase: 'first-boot' })
  return `the first key keeps the order to ${order.kind} ${order.name}.`
}

function changed(room: BootRoom, machine: string, lines: string[]): void {
  for (const text of lines) room.timeline.put({ machine, mac: null, phase: 'operator', evidence: 'operator', text: `Since the last discovery: ${text}` })
  if (lines.length > 0) room.reports.putChanges(machine, { at: room.clock(), lines })
}
