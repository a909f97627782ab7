import { Type, type Static } from 'typebox'
import type { MachineSummary, Order } from '../../protocol/machines.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { findVerdict } from '../boot/silence/find-verdict.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { AdvanceOrder } from '../install/advance-order-store.ts'
import { advanceOrderView } from './advance-view.ts'

/** What a route's path says of a machine. */
export const machineParams = Type.Object({ machine: Type.String({ minLength: 1, maxLength: 64, description: 'Name, MAC, SMBIOS UUID or internal id' }) })
export type MachineParams = Static<typeof machineParams>

/** A machine as operators see it: its open order, else its newest. */
export function machineView(room: BootRoom, machine: Machine): MachineSummary {
  const open = room.orders.findOpen(machine.id)
  const [unconfirmed] = open === null ? room.advance.listByMachine(machine.id) : []
  const order = open ?? room.orders.findLatest(machine.id)
  return {
    id: machine.id, name: machine.name ?? unconfirmed?.name ?? (order === null || order.kind === 'rescue' || order.kind === 'erase' ? null : order.name), state: machine.state, macs: machine.macs, uuid: machine.uuid, serial: machine.serial,
    manufacturer: machine.facts.system.manufacturer, product: machine.facts.system.product, firmware: machine.facts.firmware, address: machine.address,
    waiting: (room.waiting.get(machine.id) ?? 0) > room.clock(), order: unconfirmed !== undefined ? advanceOrderView(unconfirmed) : order === null ? null : orderView(order),
    alarms: room.timeline.countAlarms(machine.id), lastSeenAt: machine.lastSeenAt, verdict: findVerdict(room, machine, open),
    role: machine.role, labels: machine.labels,
  }
}

/** An order without what only the bastion needs. */
export function orderView(order: StoredOrder): Order {
  const { machine: _machine, consumedAttempt: _attempt, publicKey: _key, plan: _plan, shown, proof: _proof, ...view } = order
  return { ...view, planShown: shown !== null }
}

/** The order for a machine never seen that an operator's word means; null when it means none, or a machine that is there. */
export function expectedOf(room: BootRoom, reference: string): AdvanceOrder | null {
  const order = room.advance.findByReference(reference)
  return order === null || order.machine !== null || room.machines.listByReference(reference).length > 0 ? null : order
}

/** The one machine that an operator's word means. Refuses none (`BST_NOT_FOUND`) and several (`BST_AMBIGUOUS`). */
export function machineOf(room: BootRoom, reference: string): Machine {
  const found = room.machines.listByReference(reference)
  if (found.length === 1) return found[0]!
  const advance = found.length === 0 ? room.advance.findByReference(reference) : null
  if (advance?.machine != null) return room.machines.findById(advance.machine)!
  if (advance !== null) throw new BastionError('BST_NOT_FOUND', `${advance.name} (${advance.mac}) was never seen: an order waits for it, and nothing else is known of it.`, { nextStep: `Boot it from the network; labctl provision watch ${advance.name} shows it coming, labctl provision cancel ${advance.name} takes the order back.` })
  const [imported] = found.length === 0 ? room.expected.listByReference(reference) : []
  if (imported !== undefined) throw new BastionError('BST_NOT_FOUND', `${imported.name ?? reference} was never seen: what was imported waits for it, and nothing else is known of it.`, { nextStep: `Boot it from the network.${imported.mac === null ? '' : ` To order before: labctl provision install ${imported.mac} ${imported.name ?? 'NAME'}`}` })
  if (found.length === 0) throw new BastionError('BST_NOT_FOUND', `There is no machine ${JSON.stringify(reference)}; wanted is a name, a MAC, an SMBIOS UUID or an internal id.`, { nextStep: 'labctl provision list shows all. A machine appears there once it network-booted and was discovered.' })
  throw new BastionError('BST_AMBIGUOUS', `${JSON.stringify(reference)} fits ${found.length} machines: ${found.map(({ id }) => id).join(', ')}.`, { nextStep: 'Use the internal id.' })
}
