// An operator's word about orders that were given before their machine was seen: it is the machine that was meant, or the order is taken back. Refusals are thrown, with nothing changed.
import type { ConfirmRequest } from '../../../protocol/plan-request.ts'
import type { AdvanceOrder } from '../../install/advance-order-store.ts'
import type { StoredOrder } from '../../install/order-store.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import { armInstall } from '../arm-order.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { requestOf } from './meet-advance-orders.ts'

/** Arms the order that waits; `reference` chooses, where there are several for the machine. Where a plan was shown, it must still be that one. */
export function confirmOrder(room: BootRoom, machine: Machine, reference: string, words: ConfirmRequest, by: string): StoredOrder {
  const order = chosen(room, machine, reference)
  if (order === null) throw new BastionError('BST_CONFLICT', `${labelOf(machine)} has no order that waits for a confirmation.`, { nextStep: `labctl provision describe ${labelOf(machine)}` })
  const request = requestOf(order)
  return armInstall(room, machine, { ...request, wipe: [...new Set([...order.wipe, ...words.wipe ?? []])], ...words.shown === undefined ? {} : { shown: words.shown } }, `${by} confirmed that this is the machine, and`)
}

/** Takes an order back whose machine was not seen, or was not confirmed. */
export function cancelAdvanceOrder(room: BootRoom, order: AdvanceOrder, by: string): void {
  room.advance.remove(order.id)
  room.timeline.put({ machine: order.machine, mac: order.mac, phase: 'operator', evidence: 'operator', text: `${by} cancelled the order to install ${order.name}, which was given before the machine was seen.` })
  if (order.machine === null) room.timeline.move(order.id, null)
  room.events.publish({ kind: 'order-changed', machine: order.machine ?? order.id, order: order.id })
}

/** The machine's order that this word means; null when it has none. */
export function chosen(room: BootRoom, machine: Machine, reference: string): AdvanceOrder | null {
  const orders = room.advance.listByMachine(machine.id)
  const named = orders.find(({ name }) => name === reference)
  if (named !== undefined || orders.length < 2) return named ?? orders[0] ?? null
  throw new BastionError('BST_AMBIGUOUS', `${orders.length} orders were given for ${labelOf(machine)} before it was seen: ${orders.map(({ name, mac }) => `${name} (${mac})`).join(', ')}.`, { nextStep: `Use the name of the one that is meant: labctl provision confirm ${orders[0]!.name}, or cancel ${orders[0]!.name}` })
}
