// Decides what a machine that waits in its RAM disk is told: hold the poll open until there is something to do, or say "wait" once more.
import type { Socket } from 'node:net'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { BootRoom } from './boot-room.ts'
import { deeds, purposeOf } from './decide-boot.ts'
import { decideAfterDiscovery } from './decide-discovery.ts'
import { intakeTarget } from '../intake/intake-addresses.ts'
import { makeOverlay } from './make-overlay.ts'
import { treeOf } from './order-tree.ts'
import type { Ticket } from './ticket-store.ts'
import { wakeForOrders } from './wake-waiting.ts'

/** The next thing for a waiting machine. `bearer`: a new one, when the old one's ticket comes to its end. `againSeconds`: when to ask again, if not at once. */
export type Next =
  | { kind: 'word', word: 'wait' | 'poweroff' | 'reboot' | 'local-disk', bearer: string | null, againSeconds: number | null }
  | { kind: 'overlay', overlay: Buffer }
  | { kind: 'refused', refusal: Refusal }

/** Answers a poll (`inInstaller`: of an installer that holds on, in place of the RAM disk): at once when an order is armed, else when one is, or after `boot.pollSeconds`; at once too, with when to ask again, where `limits.heldPolls` are held already. Ends early when the machine hangs up. */
export async function waitForOrder(room: BootRoom, ticket: Ticket, address: string, socket: Socket, inInstaller: boolean): Promise<Next> {
  const { machine } = ticket
  if (machine === null || ticket.publicKey === null) return { kind: 'refused', refusal: { code: 'facts-first', because: 'A machine waits for orders only after it sent its facts.', nextStep: 'POST /api/boot/facts' } }
  endUnfinished(room, ticket, machine)
  const pollMs = room.config.boot.pollSeconds * 1000
  room.tickets.putLastWord(ticket.id)
  room.machines.putSeen(machine, address, room.clock())
  room.waiting.set(machine, room.clock() + pollMs + 30_000)
  // Those that were switched on together are not to go on in step.
  const full = room.heldPolls.count >= room.config.limits.heldPolls
  if (wordFor(room, ticket, machine, inInstaller) === 'wait' && !full) {
    room.heldPolls.count += 1
    await orderOrTimeout(room, machine, pollMs, socket).finally(() => { room.heldPolls.count -= 1 })
  }
  if (room.machines.findById(machine) === null) return { kind: 'refused', refusal: { code: 'machine-forgotten', because: 'The machine was forgotten.', nextStep: 'It starts again and is discovered anew.' } }
  const word = socket.destroyed ? 'wait' : wordFor(room, ticket, machine, inInstaller)
  if (word === 'wait') return { kind: 'word', word, bearer: renewed(room, ticket, machine), againSeconds: full ? Math.ceil(room.config.boot.pollSeconds * (0.75 + Math.random() / 4)) : null }
  room.waiting.delete(machine)
  return word === 'overlay' ? { kind: 'overlay', overlay: orderOverlay(room, ticket, machine) } : { kind: 'word', word, bearer: null, againSeconds: null }
}

/** A boot that waits again has left its order, whatever became of its word: nothing else would ever end that. A rescue goes on until the machine starts again. */
function endUnfinished(room: BootRoom, ticket: Ticket, machine: string): void {
  const order = orderOf(room, ticket)
  if (order === null || order.kind === 'rescue' || order.consumedAttempt !== ticket.attempt) return
  const because = `The RAM disk of ${order.name} left its ${deeds[order.kind]} without saying why.`
  if (!room.orders.putState(order.id, ['installing'], 'failed', because)) return
  room.timeline.put({ machine, mac: ticket.mac, phase: 'failed', evidence: 'bearer', text: because })
  room.events.publish({ kind: 'order-changed', machine, order: order.id })
}

/** What there is to say now. An installer is another program than the RAM disk, so a machine in either gets to the other by a new boot. A rescue that ended by an operator's word makes the machine start again; it is given no other order meanwhile: somebody may be working in it. A machine that has a system of its own, and no order any more, has nothing to wait for. */
function wordFor(room: BootRoom, ticket: Ticket, machine: string, inInstaller: boolean): 'wait' | 'overlay' | 'poweroff' | 'reboot' | 'local-disk' {
  const own = orderOf(room, ticket)
  if (own?.kind === 'rescue' && own.consumedAttempt === ticket.attempt) return own.state === 'installing' ? 'wait' : 'reboot'
  const order = room.orders.findOpen(machine)
  if (order?.state === 'armed' && (inInstaller || treeOf(room, order) !== null)) return 'reboot'
  if (order?.state === 'armed') return order.kind === 'rescue' || order.kind === 'erase' || room.findOs(order.os)?.state === 'ready' ? 'overlay' : 'wait'
  if (order !== null || room.advance.listByMachine(machine).length > 0) return 'wait'
  if ((room.machines.findById(machine)?.state ?? 'discovered') !== 'discovered') return 'local-disk'
  return decideAfterDiscovery(room.config)
}

/** What a machine does once it is discovered: where an order may come of that by itself, or is there and has failed, it waits, and is told with its first poll. */
export function afterDiscovery(room: BootRoom, ticket: Ticket): BootRoom['config']['discovery']['afterwards'] {
  const mayBeArmed = ticket.machine === null ? room.config.rules.enabled || room.advance.findByMac(ticket.mac) !== null : room.orders.findOpen(ticket.machine) !== null
  return ticket.purpose === 'discover' && mayBeArmed ? 'wait' : decideAfterDiscovery(room.config)
}

const orderOf = (room: BootRoom, ticket: Ticket): StoredOrder | null => ticket.order === null ? null : room.orders.findById(ticket.order)

function orderOrTimeout(room: BootRoom, machine: string, pollMs: number, socket: Socket): Promise<void> {
  return new Promise(resolve => {
    const done = () => { clearTimeout(timer); stop(); socket.off('close', done); resolve() }
    const timer = setTimeout(done, pollMs)
    const stop = wakeForOrders(room.events, machine, done)
    socket.once('close', done)
  })
}

function orderOverlay(room: BootRoom, ticket: Ticket, machine: string): Buffer {
  const order = room.orders.findOpen(machine)!
  const purpose = purposeOf(order.kind)
  const { ticket: made } = room.tickets.put({ purpose, machine, order: order.id, attempt: order.attempt, mac: ticket.mac, uuid: ticket.uuid, serial: ticket.serial })
  room.timeline.put({ machine, mac: ticket.mac, phase: 'ramdisk', evidence: 'bearer', text: `The waiting RAM disk was given the order to ${order.kind} ${order.name}${order.os === '' ? '' : ` with ${order.os}`}.`, detail: { what: 'order-given' } })
  return makeOverlay({
    purpose, controlUrl: room.controlUrl, bootUrl: room.bootUrl, pins: room.pins, epochSeconds: Math.floor(room.clock() / 1000),
    afterwards: decideAfterDiscovery(room.config), bearer: room.tickets.putBearer(made.id), logIntake: intakeTarget(room.config),
  })
}

/** A ticket lives 24 hours at most; from four fifths of that on, each poll's answer brings a new one's bearer. That of a rescue goes on speaking for it. */
function renewed(room: BootRoom, ticket: Ticket, machine: string): string | null {
  if (room.clock() - ticket.madeAt < room.ticketLife.atMostMs * 0.8) return null
  const { ticket: made } = room.tickets.put({ ...ticket.purpose === 'rescue' ? { purpose: 'rescue', order: ticket.order, attempt: ticket.attempt } : { purpose: 'discover', order: null, attempt: null }, machine, mac: ticket.mac, uuid: ticket.uuid, serial: ticket.serial })
  room.tickets.claim(made.id, machine, ticket.publicKey!)
  return room.tickets.putBearer(made.id)
}
