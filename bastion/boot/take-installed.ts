// What the report of a machine that was just installed changes: its last facts, its storage record, and the proof that what was kept is the same.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { judgeProof, describeDamage } from '../install/judge-proof.ts'
import type { InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { judgeAgreement } from '../machines/judge-agreement.ts'
import { learnRecord } from '../volumes/learn-record.ts'
import { recordOfInstaller } from '../volumes/record-of-installer.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import type { BootRoom } from './boot-room.ts'
import type { Ticket } from './ticket-store.ts'

/** Takes the report, or says why not: only the boot that consumed the order may send it, with its key, before or after its restart is announced. */
export function takeInstalled(room: BootRoom, ticket: Ticket, facts: Facts, publicKey: string): { refusals: Refusal[], status: 409 | 410 } | null {
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const machine = order === null ? null : room.machines.findById(order.machine)
  const nextStep = 'labctl provision describe shows the order.'
  if (order === null || machine === null || ticket.purpose !== 'install' || ticket.publicKey === null) return { status: 409, refusals: [{ code: 'ticket-purpose', because: 'A report after an installation comes from the boot that was given the plan.', nextStep }] }
  if (ticket.publicKey !== publicKey || order.consumedAttempt !== ticket.attempt || (order.state !== 'installing' && order.state !== 'done')) return { status: 410, refusals: [{ code: 'attempt-over', because: `The order for ${order.name} is ${order.state}; this attempt of it is over, or its ticket is another key’s.`, nextStep }] }
  const refusals = judgeAgreement(machine, facts)
  if (refusals.length > 0) {
    room.timeline.put({ machine: machine.id, mac: ticket.mac, phase: 'alarm', evidence: 'bearer', text: `The report after the installation does not agree with the record: ${refusals.map(refusal => refusal.because).join(' ')}`, alarm: true })
    return { status: 409, refusals }
  }
  room.database.transaction(() => {
    room.machines.putFacts(machine.id, facts, [])
    const record = room.records.find(machine.id)
    if (record !== null) room.records.put(machine.id, room.findOs(order.os)?.kind !== 'tree' ? learnRecord(record, facts) : installerRecord(room, order, ticket, record, facts))
    prove(room, order, ticket, facts)
  }).immediate()
  room.tickets.putLastWord(ticket.id)
  room.events.publish({ kind: 'order-changed', machine: machine.id, order: order.id })
  return null
}

/** A report that is not what was planned changes nothing in the record: the next order for the machine is then refused, with its disks as they are. */
function installerRecord(room: BootRoom, order: StoredOrder, ticket: Ticket, planned: StorageRecord, facts: Facts): StorageRecord {
  const layout = room.config.install.layouts[order.role]
  if (layout === undefined) return planned
  const decision = recordOfInstaller({ planned, facts, layout })
  if (decision.kind === 'record') return decision.record
  room.timeline.put({ machine: order.machine, mac: ticket.mac, phase: 'alarm', evidence: 'bearer', text: `What Anaconda made is not what was planned: ${decision.refusals.map(({ because }) => because).join(' ')} ${decision.refusals[0]!.nextStep}`, alarm: true })
  return planned
}

function prove(room: BootRoom, order: StoredOrder, ticket: Ticket, facts: Facts): void {
  const { kept } = (order.plan as InstallPlan).storage
  const proof = judgeProof(order.id, kept, facts)
  room.orders.putProof(order.id, proof)
  const entry = { machine: order.machine, mac: ticket.mac, phase: 'proof', evidence: 'bearer' }
  for (const text of describeDamage(proof, 'after')) room.timeline.put({ ...entry, text: `Kept, and not the same any more: ${text}`, alarm: true })
  if (proof.same && kept.length > 0) room.timeline.put({ ...entry, text: `Kept: ${kept.map(volume => `${volume.group}/${volume.name}`).join(', ')}; UUIDs and sizes of volumes and file systems are the same as before.` })
}
