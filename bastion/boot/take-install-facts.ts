// Decides what an install report is answered, and consumes the order: the plan and the bootstrap config, or a refusal with the disk untouched.
import { randomUUID } from 'node:crypto'
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { makePlan, type InstallPlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { judgeAgreement } from '../machines/judge-agreement.ts'
import type { Machine } from '../machines/machine-store.ts'
import type { BootRoom } from './boot-room.ts'
import { stepsOf } from './pack-answer.ts'
import type { Ticket } from './ticket-store.ts'

/** A plan for this key, or refusals with the HTTP status they mean: 409 the order failed or can't be done, 410 the ticket is not this key's. */
export type InstallAnswer = { kind: 'plan', install: { order: StoredOrder, plan: InstallPlan, steps: string } } | { kind: 'refused', refusals: readonly Refusal[], status: 409 | 410 }

/** See the file's first line. The consumption is on disk when this returns a plan. */
export function takeInstallFacts(room: BootRoom, ticket: Ticket, facts: Facts, publicKey: string): InstallAnswer {
  const order = ticket.order === null ? null : room.orders.findById(ticket.order)
  const machine = order === null ? null : room.machines.findById(order.machine)
  if (order === null || machine === null) return gone('ticket-void', 'The order of this ticket is not there any more.')
  if (ticket.publicKey !== null) return repeated(room, ticket, order, machine, publicKey)
  if (order.state !== 'armed' || order.attempt !== ticket.attempt) return gone('order-consumed', `The order for ${order.name} is ${order.state}, attempt ${order.attempt}; this ticket was made for attempt ${ticket.attempt}.`)

  const disagreements = judgeAgreement(machine, facts)
  if (disagreements.length > 0) return failed(room, order, disagreements)
  const made = makePlan({ layouts: room.config.install.layouts, facts, order, machine: machine.id, seed: randomUUID() })
  if (made.kind === 'refused') return failed(room, order, made.refusals)
  const steps = stepsOf(room, order, made.plan, ticket.mac)
  if (!room.orders.claim({ order: order.id, attempt: order.attempt, ticket: ticket.id, publicKey, plan: made.plan, record: null })) return gone('order-consumed', `The order for ${order.name} was consumed by another boot.`)
  room.timeline.put({ machine: machine.id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: `The facts agree with the record; ${order.os} will be installed as ${order.name} on ${made.plan.disk}. The order is consumed.` })
  room.events.publish({ kind: 'order-changed', machine: machine.id, order: order.id })
  return { kind: 'plan', install: { order: room.orders.findById(order.id)!, plan: made.plan, steps } }
}

/** The same key gets the same plan until it has touched the disks; another key makes the order contested. */
function repeated(room: BootRoom, ticket: Ticket, order: StoredOrder, machine: Machine, publicKey: string): InstallAnswer {
  if (ticket.publicKey !== publicKey) {
    const because = `A second key used the ticket of the installation of ${order.name}: one of the two is not the machine.`
    room.orders.putState(order.id, ['installing', 'armed'], 'contested', because)
    room.tickets.voidAllOfOrder(order.id, 'its order is contested')
    room.timeline.put({ machine: machine.id, mac: ticket.mac, phase: 'contested', evidence: 'bearer', text: because, alarm: true })
    room.events.publish({ kind: 'order-changed', machine: machine.id, order: order.id })
    return gone('ticket-contested', because)
  }
  if (order.state !== 'installing' || order.consumedAttempt !== ticket.attempt) return gone('order-consumed', `The order for ${order.name} is ${order.state}.`)
  if (order.phase !== 'facts') return gone('order-begun', `${order.name} has begun to write its disk; its plan is not given twice.`)
  const plan = order.plan as InstallPlan
  const steps = stepsOf(room, order, plan, ticket.mac)
  room.timeline.put({ machine: machine.id, mac: ticket.mac, phase: 'facts', evidence: 'bearer', text: 'The same machine sent its facts again and gets the same plan: the first answer was lost.' })
  return { kind: 'plan', install: { order, plan, steps } }
}

function failed(room: BootRoom, order: StoredOrder, refusals: readonly Refusal[]): InstallAnswer {
  const because = `Nothing was touched. ${refusals.map(refusal => refusal.because).join(' ')}`
  room.orders.putState(order.id, ['armed'], 'failed', because)
  room.tickets.voidOfOrder(order.id, 'its order failed')
  room.timeline.put({ machine: order.machine, mac: null, phase: 'failed', evidence: 'bearer', text: because })
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
  return { kind: 'refused', refusals, status: 409 }
}

function gone(code: string, because: string): InstallAnswer {
  return { kind: 'refused', status: 410, refusals: [{ code, because, nextStep: 'An operator can arm the next attempt: labctl provision retry' }] }
}
