// What a discovery report changes: a new machine, a known one's newer facts, or, when it doesn't agree, nothing but a note beside the record.
import type { Facts } from '../../protocol/facts.ts'
import { parseUuid } from '../../protocol/names.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { describeDifferences } from '../machines/describe-differences.ts'
import { judgeAgreement } from '../machines/judge-agreement.ts'
import { isJunk } from '../machines/junk-identities.ts'
import type { Machine } from '../machines/machine-store.ts'
import { uuidv7 } from '../platform/clock.ts'
import { taggedMachine } from '../volumes/choose-ours.ts'
import { meetAdvanceOrders } from './advance/meet-advance-orders.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { findIdentity, type FoundIdentity } from './find-identity.ts'
import { applyExpected } from './import/apply-expected.ts'
import { noteDisksElsewhere } from './note-disks.ts'
import { applyRules } from './rules/apply-rules.ts'
import type { Ticket } from './ticket-store.ts'

/** The machine that the report belongs to, or a refusal. */
export function takeDiscovery(room: BootRoom, ticket: Ticket, facts: Facts, publicKey: string, address: string): { machine: string } | { refusal: Refusal } {
  // A machine is new once: with what waits for it, or not at all.
  return room.database.transaction(() => take(room, ticket, facts, publicKey, address)).immediate()
}

function take(room: BootRoom, ticket: Ticket, facts: Facts, publicKey: string, address: string): { machine: string } | { refusal: Refusal } {
  if (ticket.publicKey !== null && ticket.publicKey !== publicKey) return secondKey(room, ticket)
  const macs = [...new Set([ticket.mac, ...facts.nics.map(nic => nic.mac)])]
  const claim = { macs, uuid: facts.system.uuid, serial: facts.system.serial }
  const found = findIdentity(room, claim)
  if (found.kind === 'limbo') return limbo(room, ticket, facts, found)
  const now = room.clock()
  const known = found.kind === 'known' ? found.machine : null
  if (ticket.machine !== null && ticket.machine !== known?.id) return otherMachine(ticket)
  const disagreement = known === null ? null : judge(known, facts, ticket)
  if (known !== null && disagreement !== null) return keptBeside(room, known, facts, ticket, disagreement)
  const former = known === null ? formerId(room, facts) : null
  const advance = known === null ? macs.flatMap(mac => room.advance.findByMac(mac) ?? []) : []
  if (known === null && former === null && advance.length === 0 && room.machines.countUnordered() >= room.config.limits.discoveredMachines) return tooMany(room)
  const id = known?.id ?? former ?? (advance.length === 1 ? advance[0]!.id : uuidv7(now))
  if (known === null) room.machines.put({ id, uuid: usable(claim.uuid), serial: usable(claim.serial), macs, address, facts, now })
  if (ticket.publicKey === null && !room.tickets.claim(ticket.id, id, publicKey)) return secondKey(room, ticket)
  if (known !== null) {
    const lines = describeDifferences(known.facts, facts)
    for (const text of lines) room.timeline.put({ machine: id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `Since the last discovery: ${text}` })
    room.machines.putFacts(id, facts, macs)
    if (lines.length > 0) room.reports.putChanges(id, { at: now, lines })
  }
  room.machines.putSeen(id, address, now)
  const disks = facts.disks.length === 1 ? '1 disk' : `${facts.disks.length} disks`
  room.timeline.put({ machine: id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `${known === null ? 'Discovered' : 'Reported again'}: ${labelOf({ name: known?.name ?? null, macs, id })}, ${facts.cpu.threads} threads, ${Math.round(facts.memory.totalBytes / 2 ** 20)} MiB, ${disks}.` })
  if (former !== null) room.timeline.put({ machine: id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: 'Its volumes carry the tags of a machine that is not known here any more: it has that one’s internal id again.' })
  if (known === null) noteDisksElsewhere(room, id, ticket.mac, facts)
  applyExpected(room, id)
  if (known === null && !meetAdvanceOrders(room, room.machines.findById(id)!, facts)) applyRules(room, room.machines.findById(id)!)
  return { machine: id }
}

function limbo(room: BootRoom, ticket: Ticket, facts: Facts, found: Extract<FoundIdentity, { kind: 'limbo' }>): { refusal: Refusal } {
  for (const machine of found.machines) {
    room.reports.putDiffering(machine.id, { facts, because: found.because, mac: ticket.mac, at: room.clock() })
    room.timeline.putAlarm({ machine: machine.id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `A report does not agree with the record: ${found.because}` })
  }
  return { refusal: { code: 'identity-limbo', because: found.because, nextStep: `Compare the two, and say what it is: labctl provision resolve ${labelOf(found.machines[0]!)}` } }
}

/** The id that the tags of its volumes name, if no machine has it: one that was forgotten, or lost with a database, can be adopted by its tags. */
function formerId(room: BootRoom, facts: Facts): string | null {
  const id = parseUuid(taggedMachine(facts) ?? '')
  return id === null || room.machines.findById(id) !== null ? null : id
}

function usable(value: string | null): string | null {
  return value === null || isJunk(value) ? null : value
}

/** What discovery recorded is what an install is compared with, so a report changes it only where it agrees: in UUID, serial, firmware kind, MACs and disks, and from a MAC that is recorded. */
function judge(known: Machine, facts: Facts, ticket: Ticket): Refusal | null {
  const refusals = judgeAgreement(known, facts).filter(refusal => refusal.code === 'facts-disagree')
  const because = [...refusals.map(refusal => refusal.because), ...known.macs.includes(ticket.mac) ? [] : [`It booted from ${ticket.mac}, which is not recorded.`]].join(' ')
  return because === '' ? null : { code: 'facts-disagree', because, nextStep: `Compare the two, and say which is right: labctl provision resolve ${labelOf(known)}` }
}

function keptBeside(room: BootRoom, known: Machine, facts: Facts, ticket: Ticket, refusal: Refusal): { refusal: Refusal } {
  room.reports.putDiffering(known.id, { facts, because: refusal.because, mac: ticket.mac, at: room.clock() })
  room.timeline.putAlarm({ machine: known.id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `A report does not agree with the record, which stays: ${refusal.because}` })
  return { refusal }
}

function secondKey(room: BootRoom, ticket: Ticket): { refusal: Refusal } {
  room.timeline.putAlarm({ machine: ticket.machine, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: 'A second key used the ticket of this boot; its report was refused.' })
  return { refusal: { code: 'ticket-used', because: 'The ticket of this boot belongs to another key.', nextStep: 'Restart the machine.' } }
}

/** Whoever can send a report can make up machines. */
function tooMany(room: BootRoom): { refusal: Refusal } {
  const most = room.config.limits.discoveredMachines
  room.journal.warn({ limit: 'discoveredMachines' }, `a machine was not recorded: ${most} that nobody ordered anything for are there already`)
  return { refusal: { code: 'machines-too-many', because: `${most} machines that nobody ordered anything for are recorded already; no further one is.`, nextStep: 'labctl provision forget those that are none, or raise limits.discoveredMachines in bastion.yaml.' } }
}

function otherMachine(ticket: Ticket): { refusal: Refusal } {
  return { refusal: { code: 'machine-other', because: `The ticket was made for another machine than the one that reports (${ticket.mac}).`, nextStep: 'Restart the machine.' } }
}
