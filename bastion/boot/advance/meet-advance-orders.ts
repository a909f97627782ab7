// What becomes of an order that was given before its machine was seen, when the machine is discovered: armed, if the machine is proven to be the one that was meant; else it waits for an operator.
import type { Facts } from '../../../protocol/facts.ts'
import type { AdvanceOrder } from '../../install/advance-order-store.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import { armInstall } from '../arm-order.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { judgeNamedIdentity } from './judge-named-identity.ts'

/** Whether an order was there for the machine, which was just discovered; within the caller's transaction. */
export function meetAdvanceOrders(room: BootRoom, machine: Machine, facts: Facts): boolean {
  const orders = room.advance.listByMachine(machine.id)
  for (const order of orders) {
    if (order.id !== machine.id) room.timeline.move(order.id, machine.id)
    const because = orders.length > 1 ? `${orders.length} orders were given for this machine before it was seen: ${orders.map(({ name, mac }) => `${name} (${mac})`).join(', ')}.` : meet(room, machine, facts, order)
    if (because === null) continue
    room.advance.putProblem(order.id, because)
    room.timeline.put({ machine: machine.id, mac: order.mac, phase: 'facts', evidence: 'bearer', text: `The order for ${order.name} is not armed. ${because} An operator has to look: labctl provision confirm ${order.name}` })
  }
  for (const { id } of orders) room.events.publish({ kind: 'order-changed', machine: machine.id, order: id })
  return orders.length > 0
}

/** Why the one order was not armed; null when it was. */
function meet(room: BootRoom, machine: Machine, facts: Facts, order: AdvanceOrder): string | null {
  if (facts.architecture !== 'x86_64') return `The machine is ${facts.architecture}, and ${order.os} is for x86_64.`
  const judgement = judgeNamedIdentity(order.identity, facts, value => room.identities.isShared(value))
  if (judgement.kind !== 'agrees') return `Only its MAC says that this is the machine: ${judgement.because}.`
  if (room.timeline.countAlarms(machine.id) > 0) return `There are alarms on the timeline of ${labelOf(machine)}.`
  try {
    armInstall(room, machine, requestOf(order), `${order.by}, before it was seen,`)
    room.timeline.put({ machine: machine.id, mac: order.mac, phase: 'facts', evidence: 'bearer', text: `It is the machine that was meant: ${judgement.because}. Its order goes on.` })
    return null
  } catch (error) {
    if (error instanceof BastionError && error.code === 'BST_REFUSED') return error.message
    throw error
  }
}

/** The order as it would be given now, for a machine that is there. */
export function requestOf({ mac, name, role, os, wipe, settings }: AdvanceOrder): Parameters<typeof armInstall>[2] {
  return { machine: mac, name, role, os, wipe, ...settings === null ? {} : { settings } }
}
