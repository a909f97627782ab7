import type { MachineDetail, MachineSummary, Order } from '../../protocol/machines.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { findVerdictOfMac } from '../boot/silence/find-verdict.ts'
import type { AdvanceOrder } from '../install/advance-order-store.ts'
import { decideSettings, withoutHashes } from '../install/decide-settings.ts'
import { StrangerStore } from '../machines/stranger-store.ts'

/** An order that was given before its machine was seen, as an order: armed until the machine comes, unconfirmed from then on. */
export function advanceOrderView(order: AdvanceOrder): Order {
  const { id, name, role, os, wipe, problem, createdAt, updatedAt } = order
  return { id, kind: 'install', state: order.machine === null ? 'armed' : 'unconfirmed', name, role, os, wipe, accept: [], planShown: false, attempt: 1, phase: null, percent: null, because: problem, createdAt, updatedAt }
}

/** The machine that such an order waits for, as far as it is known: what the order names. It was never seen: `lastSeenAt` is 0, unless its MAC network-boots already. */
export function expectedView(room: BootRoom, order: AdvanceOrder): MachineSummary {
  const seen = new StrangerStore(room.database).history(order.mac, 60).filter(({ evidence }) => evidence !== 'operator')
  return {
    id: order.id, name: order.name, state: 'expected', macs: [order.mac], uuid: order.identity.uuid?.toLowerCase() ?? null, serial: order.identity.serial ?? null, manufacturer: null, product: null, firmware: null, address: null,
    waiting: false, order: advanceOrderView(order), alarms: 0, lastSeenAt: seen.at(-1)?.at ?? 0, verdict: seen.length === 0 ? null : findVerdictOfMac(room, order.mac, seen),
  }
}

/** All that is known of it. */
export function expectedDetail(room: BootRoom, order: AdvanceOrder): MachineDetail {
  const own = order.settings ?? {}
  const { settings, from } = decideSettings(room.config, order.role, own)
  return {
    machine: expectedView(room, order), facts: null, orders: [advanceOrderView(order)], record: null, proof: null, report: null, changes: null, timeline: expectedTimeline(room, order, 0, 200),
    settings: { role: order.role, settings: withoutHashes(settings), from, own: withoutHashes(own) },
  }
}

/** What was seen and said of it, behind the entry `after`. */
export function expectedTimeline(room: BootRoom, order: AdvanceOrder, after: number, limit: number): MachineDetail['timeline'] {
  return [...room.timeline.list(order.id, after, limit), ...new StrangerStore(room.database).history(order.mac, limit).filter(({ id }) => id > after)].toSorted((a, b) => a.id - b.id)
}
