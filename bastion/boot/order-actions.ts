// What an operator can do with orders that are there: cancel, retry. Refusals are thrown as BST_REFUSED or BST_CONFLICT, with nothing changed.
import type { RetryRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { discoveryOs } from './decide-discovery.ts'
import { systemRefusals, taskRefusals } from './needs-ramdisk.ts'
import { planFromLastFacts, wantedAgain, type ShownPlan } from './last-plan.ts'

/** Cancels an order that has not been consumed, or that failed; and ends a rescue, which writes nothing by itself. */
export function cancelOrder(room: BootRoom, machine: Machine, by: string): StoredOrder {
  const order = openOrderOf(room, machine)
  const from = ['armed', 'failed', 'contested', ...order.kind === 'rescue' ? ['installing' as const] : []] as const
  if (!room.orders.putState(order.id, from, 'cancelled', `${by} cancelled it.`)) throw new BastionError('BST_CONFLICT', `The order for ${order.name} is ${order.state} and can’t be cancelled: its machine is writing its disk.`, { nextStep: `labctl provision watch ${order.name}; once it has failed: labctl provision retry or cancel; if the machine never comes back: labctl provision forget` })
  room.tickets.voidOfOrder(order.id, 'its order was cancelled')
  tell(room, order, `${by} cancelled the order to ${order.kind} ${order.name}.`)
  return room.orders.findById(order.id)!
}

/** Arms the next attempt of a failed or contested order. One whose plan was shown needs the plan as it is now shown, too. */
export function retryOrder(room: BootRoom, machine: Machine, words: RetryRequest, by: string): StoredOrder {
  const order = openOrderOf(room, machine)
  if (order.state !== 'failed' && order.state !== 'contested') throw new BastionError('BST_CONFLICT', `The order for ${order.name} is ${order.state}; only one that failed can be retried.`, { nextStep: `labctl provision describe ${order.name}` })
  const lacking = order.kind === 'rescue' || order.kind === 'erase' ? taskRefusals(room, order.kind) : systemRefusals(room, order.os)
  if (lacking.length > 0) throw refused(lacking)
  if (order.kind === 'rescue' || order.kind === 'erase') room.orders.putRetry(order.id, order)
  else {
    const wanted = wantedAgain(order, words)
    if (order.shown !== null && words.shown === undefined) throw refused([{ code: 'plan-not-shown', because: `The order to ${order.kind} ${order.name} was given after its plan was shown; the next attempt needs the plan as it is now to be shown.`, nextStep: `labctl provision retry ${order.name} shows it and asks.` }])
    const shown = words.shown === undefined ? null : agreed(planFromLastFacts(room, machine, wanted), words.shown)
    if (!room.orders.putRetry(order.id, { wipe: wanted.wipe, accept: wanted.accept, shown })) throw new BastionError('BST_CONFLICT', `The order for ${order.name} is not failed any more.`, { nextStep: `labctl provision describe ${order.name}` })
  }
  const armed = room.orders.findById(order.id)!
  tell(room, armed, `${by} armed attempt ${armed.attempt} to ${armed.kind} ${armed.name}${words.shown === undefined ? '' : ', after its plan was shown'}${wordsOf(armed)}.${howItStarts(room, machine)}`)
  return armed
}

/** The plan as it is now, if it is the one that the operator saw. Refuses (thrown) what can't be planned, and another plan. */
export function agreed(made: ShownPlan, shown: string): StoragePlan {
  if (made.kind === 'refused') throw refused(made.refusals)
  if (made.digest === shown) return made.plan
  throw refused([{ code: 'plan-changed', because: 'The plan is not the one that was shown any more: the machine, its record or the configuration changed in between. Nothing was armed.', nextStep: 'Look at it as it is now: labctl provision plan.' }])
}

/** What an operator allowed with an order, for its timeline. */
export function wordsOf(order: StoredOrder): string {
  return `${order.wipe.length === 0 ? '' : `; may be destroyed: ${order.wipe.join(', ')}`}${order.accept.length === 0 ? '' : `; accepted: ${order.accept.join(', ')}`}`
}

/** Where no machine waits in a RAM disk, what starts the order, as a sentence for its timeline; empty where one may, or this one does. */
export function howItStarts(room: BootRoom, machine: Machine): string {
  return discoveryOs(room.config) === null || (room.waiting.get(machine.id) ?? 0) > room.clock() ? '' : ' It begins with the machine’s next network boot.'
}

/** Notes an operator's word on the machine's timeline, and tells those who wait for it. */
export function tell(room: BootRoom, order: StoredOrder, text: string): void {
  room.timeline.put({ machine: order.machine, mac: null, phase: 'operator', evidence: 'operator', text })
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
}

/** The error that carries refusals to whoever asked. */
export function refused(refusals: readonly Refusal[]): BastionError {
  return new BastionError('BST_REFUSED', refusals.map(refusal => refusal.because).join(' '), { nextStep: refusals[0]!.nextStep, refusals })
}

function openOrderOf(room: BootRoom, machine: Machine): StoredOrder {
  const order = room.orders.findOpen(machine.id)
  if (order !== null) return order
  throw new BastionError('BST_CONFLICT', `${labelOf(machine)} has no open order.`, { nextStep: 'labctl provision install <machine> <name>' })
}
