// Decides what the report of a boot with an order is answered, and consumes the order: what to do, or a refusal with the disks untouched.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { judgeAgreement } from '../machines/judge-agreement.ts'
import { answerAgain, answerOrder } from './answer-order.ts'
import type { BootRoom } from './boot-room.ts'
import { deeds } from './decide-boot.ts'
import type { Answer } from './pack-answer.ts'
import { contestedBecause, type Ticket } from './ticket-store.ts'

/** An answer for this key, or refusals with the HTTP status they mean: 409 the order failed or can't be done, 410 the ticket is not this key's. */
export type FactsAnswer = { kind: 'answer', answer: Answer } | { kind: 'refused', refusals: readonly Refusal[], status: 409 | 410 }

/** See the file's first line. The consumption, with the plan and the storage record, is on disk when this returns an answer. */
export function takeOrderFacts(room: BootRoom, ticket: Ticket, facts: Facts, publicKey: string): FactsAnswer {
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const machine = order === null ? null : room.machines.findById(order.machine)
  if (order === null || machine === null) return gone('ticket-void', 'The order of this ticket is not there any more.')
  if (ticket.publicKey !== null) return repeated(room, ticket, order, facts, publicKey)
  if (order.state !== 'armed' || order.attempt !== ticket.attempt) return gone('order-consumed', `The order for ${order.name} is ${order.state}, attempt ${order.attempt}; this ticket was made for attempt ${ticket.attempt}.`)

  const writesSystem = order.kind === 'install' || order.kind === 'reprovision'
  const disagreements = judgeAgreement(machine, facts, writesSystem ? 'machine' : 'board', value => room.identities.isShared(value))
  if (disagreements.length > 0) return disagreed(room, order, ticket, facts, disagreements)
  if (judgeAgreement(machine, facts).length === 0) room.machines.putFacts(machine.id, facts, [])
  const made = answerOrder(room, order, machine, facts, ticket.mac)
  if (made.kind === 'refused') return failed(room, order, ticket, publicKey, made.refusals)
  if (!room.orders.claim({ order: order.id, attempt: order.attempt, ticket: ticket.id, publicKey, plan: made.plan, record: made.record })) return gone('order-consumed', `The order for ${order.name} was consumed by another boot.`)
  room.timeline.put({ machine: machine.id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `The facts agree with the record; ${made.because} The order is consumed.` })
  room.events.publish({ kind: 'order-changed', machine: machine.id, order: order.id })
  return { kind: 'answer', answer: made.answer }
}

/** The same key gets the same answer until it has touched the disks; another key makes the order contested. */
function repeated(room: BootRoom, ticket: Ticket, order: StoredOrder, facts: Facts, publicKey: string): FactsAnswer {
  if (ticket.publicKey !== publicKey) {
    const because = `A second key used the ticket of the ${deeds[order.kind]} of ${order.name}: one of the two is not the machine.`
    // An attempt that is over can't be taken from anybody; the next one has tickets of its own.
    if (order.attempt === ticket.attempt) {
      room.orders.putState(order.id, ['installing', 'armed'], 'contested', because)
      room.tickets.voidAllOfOrder(order.id, contestedBecause)
    }
    room.timeline.putAlarm({ machine: order.machine, mac: ticket.mac, phase: 'contested', evidence: 'bearer', text: because })
    room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
    return gone('ticket-contested', because)
  }
  if (order.state !== 'installing' || order.consumedAttempt !== ticket.attempt) return gone('order-consumed', `The order for ${order.name} is ${order.state}.`)
  if (order.phase !== 'facts') return gone('order-begun', `${order.name} has begun its ${deeds[order.kind]}; its plan is not given twice.`)
  const answer = answerAgain(room, order, facts, ticket.mac)
  room.timeline.put({ machine: order.machine, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: 'The same machine sent its facts again and gets the same plan: the first answer was lost.' })
  return { kind: 'answer', answer }
}

/** A report that is not of the recorded machine is kept beside the record; whoever sent it is given nothing more. */
function disagreed(room: BootRoom, order: StoredOrder, ticket: Ticket, facts: Facts, refusals: readonly Refusal[]): FactsAnswer {
  const because = refusals.filter(refusal => refusal.code === 'facts-disagree').map(refusal => refusal.because).join(' ')
  if (because !== '') {
    room.reports.putDiffering(order.machine, { facts, because, mac: ticket.mac, at: room.clock() })
    room.timeline.putAlarm({ machine: order.machine, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `A report for the ${deeds[order.kind]} of ${order.name} does not agree with the record: ${because}` })
  }
  return fail(room, order, refusals)
}

/** The machine that was refused stays in its RAM disk and may ask for its next attempt: its ticket is bound to its key, and still no order. */
function failed(room: BootRoom, order: StoredOrder, ticket: Ticket, publicKey: string, refusals: readonly Refusal[]): FactsAnswer {
  room.tickets.claim(ticket.id, order.machine, publicKey)
  return fail(room, order, refusals)
}

function fail(room: BootRoom, order: StoredOrder, refusals: readonly Refusal[]): FactsAnswer {
  const because = `Nothing was touched. ${refusals.map(refusal => refusal.because).join(' ')}`
  room.orders.putState(order.id, ['armed'], 'failed', because)
  room.tickets.voidOfOrder(order.id, 'its order failed')
  for (const [index, refusal] of refusals.entries()) room.timeline.put({ machine: order.machine, mac: null, phase: 'failed', evidence: 'bearer', text: `${index === 0 ? 'Nothing was touched. ' : ''}${refusal.because}` })
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
  return { kind: 'refused', refusals, status: 409 }
}

function gone(code: string, because: string): FactsAnswer {
  return { kind: 'refused', status: 410, refusals: [{ code, because, nextStep: 'An operator can arm the next attempt: labctl provision retry' }] }
}
