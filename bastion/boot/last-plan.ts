// The plan of an order from what is known before the machine says anything: its last facts and its record. For showing, arming and retrying; each asks here, so that what was shown is what is compared.
import { randomUUID } from 'node:crypto'
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { carryOverOf } from '../install/carry-over.ts'
import { earlierPlans, makePlan, type PlanOrder } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import { planDigest } from '../volumes/plan-digest.ts'
import { labelOf, type BootRoom } from './boot-room.ts'

/** A plan with the digest that a later word about it must name, or every refusal. */
export type ShownPlan = { kind: 'plan', plan: StoragePlan, digest: string } | { kind: 'refused', refusals: Refusal[] }

/** What an operator may leave open in a word about an order. */
export interface OrderWords { role?: string, os?: string, wipe?: readonly string[], accept?: readonly string[] }

/** What is wanted, with what was left open filled in: a reprovision keeps the role that the machine was installed in; else it is the one that an operator said of it. */
export function wantedOf(room: BootRoom, machine: Machine, kind: PlanOrder['kind'], words: OrderWords): PlanOrder & { os: string } {
  const { config } = room
  const last = kind === 'reprovision' ? room.orders.list(machine.id).find(order => order.state === 'done' && (order.kind === 'install' || order.kind === 'reprovision')) : undefined
  return { kind, role: words.role ?? last?.role ?? machine.role ?? config.install.role, os: words.os ?? config.os.default, wipe: words.wipe ?? [], accept: words.accept ?? [], earlier: [] }
}

/** The same for the next attempt of an order: what is wiped and accepted is added to what was. */
export function wantedAgain(order: StoredOrder, words: OrderWords): PlanOrder & { os: string } {
  if (order.kind !== 'install' && order.kind !== 'reprovision') throw new TypeError(`The order ${order.id} to ${order.kind} has no storage plan.`)
  const both = (before: readonly string[], added: readonly string[] = []): string[] => [...new Set([...before, ...added])]
  return { kind: order.kind, role: order.role, os: order.os, wipe: both(order.wipe, words.wipe), accept: both(order.accept, words.accept), earlier: earlierPlans(order.plan) }
}

/** The plan for these facts, with the machine's record and the configuration's layouts. */
export function planFor(room: BootRoom, machine: Machine, facts: Facts, order: PlanOrder): ReturnType<typeof makePlan> {
  const accept = order.accept.filter(accepted => accepted !== differsAccept(machine))
  return makePlan({ layout: room.config.install.layouts[order.role] ?? null, facts, record: room.records.find(machine.id), order: { ...order, accept }, machine: machine.id, seed: randomUUID(), carryOver: carryOverOf(room.config) })
}

/** The plan from the machine's last facts; where its newest report does not agree with the record, from that, and refused. */
export function planFromLastFacts(room: BootRoom, machine: Machine, order: PlanOrder): ShownPlan {
  const differing = order.accept.includes(differsAccept(machine)) ? null : room.reports.findDiffering(machine.id)?.facts ?? null
  const made = planFor(room, machine, differing ?? machine.facts, order)
  const refusals = [...differing === null ? [] : [differs(machine, order.kind)], ...made.kind === 'refused' ? made.refusals : []]
  if (made.kind === 'refused' || refusals.length > 0) return { kind: 'refused', refusals }
  return { kind: 'plan', plan: made.plan.storage, digest: planDigest(made.plan.storage) }
}

const differsAccept = (machine: Machine): string => `facts-differ=${labelOf(machine)}`

function differs(machine: Machine, kind: PlanOrder['kind']): Refusal {
  return {
    code: 'facts-differ', because: 'The machine’s last report does not agree with what is recorded of it, so it is not known which of the two is meant.',
    ...kind === 'install' ? { nextStep: 'Compare them, and say which one is right: labctl provision resolve' } : {
      nextStep: 'Compare them with labctl provision describe. If the machine is again as it was recorded, accept that: it is compared once more before anything is touched. Else say which one is right: labctl provision resolve.',
      accept: differsAccept(machine),
    },
  }
}
