// What an operator can do with orders: arm, cancel, retry. Refusals are thrown as BST_REFUSED or BST_CONFLICT, with nothing changed.
import { randomUUID } from 'node:crypto'
import type { InstallRequest } from '../../protocol/machines.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { judgeOrder } from '../install/judge-order.ts'
import { makePlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { labelOf, type BootRoom } from './boot-room.ts'

/** Arms an install order, unless a refusal is known already: of the order itself, or of the plan that the last facts give. */
export function armInstall(room: BootRoom, machine: Machine, request: InstallRequest): StoredOrder {
  const wanted = { name: request.name, role: request.role ?? room.config.install.role, os: request.os ?? room.config.os.default, wipe: request.wipe ?? [] }
  const openOrder = room.orders.findOpen(machine.id)
  const refusals: Refusal[] = judgeOrder({
    ...wanted, roles: Object.keys(room.config.install.layouts), osState: room.findOs(wanted.os)?.state ?? null,
    nameTakenBy: takenBy(room, machine, wanted.name), openOrder, differs: machine.differs, installed: machine.state !== 'discovered',
  })
  if (!refusals.some(refusal => refusal.code === 'role-unknown')) {
    const made = makePlan({ layouts: room.config.install.layouts, facts: machine.facts, order: { ...wanted, plan: openOrder?.plan ?? null }, machine: machine.id, seed: randomUUID() })
    if (made.kind === 'refused') refusals.push(...made.refusals)
  }
  if (refusals.length > 0) throw refused(refusals)
  const order = room.orders.put({ machine: machine.id, kind: 'install', ...wanted, accept: [], shown: null })
  tell(room, order, `Ordered: install ${order.os} as ${order.name}, role ${order.role}.`)
  return order
}

/** Cancels an order that has not been consumed, or that failed. */
export function cancelOrder(room: BootRoom, machine: Machine): StoredOrder {
  const order = openOrderOf(room, machine)
  if (!room.orders.putState(order.id, ['armed', 'failed', 'contested'], 'cancelled', 'An operator cancelled it.')) throw new BastionError('BST_CONFLICT', `The order for ${order.name} is ${order.state} and can’t be cancelled: its machine is writing its disk.`, { nextStep: `labctl provision watch ${order.name}; once it has failed: labctl provision retry or cancel; if the machine never comes back: labctl provision forget` })
  room.tickets.voidOfOrder(order.id, 'its order was cancelled')
  tell(room, order, `The order for ${order.name} was cancelled.`)
  return room.orders.findById(order.id)!
}

/** Arms the next attempt of a failed or contested order. */
export function retryOrder(room: BootRoom, machine: Machine): StoredOrder {
  const order = openOrderOf(room, machine)
  if (!room.orders.putRetry(order.id, order)) throw new BastionError('BST_CONFLICT', `The order for ${order.name} is ${order.state}; only one that failed can be retried.`, { nextStep: `labctl provision describe ${order.name}` })
  tell(room, order, `Attempt ${order.attempt + 1} of ${order.name} was armed.`)
  return room.orders.findById(order.id)!
}

function openOrderOf(room: BootRoom, machine: Machine): StoredOrder {
  const order = room.orders.findOpen(machine.id)
  if (order !== null) return order
  throw new BastionError('BST_CONFLICT', `${labelOf(machine)} has no open order.`, { nextStep: 'labctl provision install <machine> <name>' })
}

function takenBy(room: BootRoom, machine: Machine, name: string): string | null {
  const reserved = room.orders.findOpenByName(name)
  if (reserved !== null && reserved.machine !== machine.id) return `reserved by the order of another machine (${reserved.state})`
  const other = room.machines.listByReference(name).find(found => found.name === name && found.id !== machine.id)
  return other === undefined ? null : `the name of another machine (${other.macs[0] ?? other.id})`
}

function tell(room: BootRoom, order: StoredOrder, text: string): void {
  room.timeline.put({ machine: order.machine, mac: null, phase: 'operator', evidence: 'operator', text })
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
}

function refused(refusals: readonly Refusal[]): BastionError {
  return new BastionError('BST_REFUSED', refusals.map(refusal => refusal.because).join(' '), { nextStep: refusals[0]!.nextStep, refusals })
}
