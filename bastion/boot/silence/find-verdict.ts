// Gathers what was seen of a machine, or of a MAC that is none yet, and has its silence judged. Computed when somebody looks; nothing is kept.
import type { TimelineEntry, Verdict } from '../../../protocol/machines.ts'
import type { StoredOrder } from '../../install/order-store.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { judgeSilence } from './judge-silence.ts'
import type { Look } from './look.ts'

/** Four starts, each with all that is seen of one, and lease renewals beside. */
const entriesLookedAt = 120
/** A machine that has been off for so long, and is expected by nobody, is not news. */
const newsMs = 7 * 86_400_000

/** The verdict about a machine, with its open order; null when there is none. */
export function findVerdict(room: BootRoom, machine: Machine, order: StoredOrder | null): Verdict | null {
  const history = room.timeline.list(machine.id, 0, entriesLookedAt)
  if (order === null && (history.at(-1)?.at ?? 0) < room.clock() - newsMs) return null
  return judgeSilence({
    ...surroundings(room), history, fetching: room.fetches.find(machine.macs), waitingUntil: room.waiting.get(machine.id) ?? null,
    order: order === null ? null : { kind: order.kind, state: order.state, phase: order.phase, name: order.name, os: order.os, osReady: order.os === '' || room.findOs(order.os)?.state === 'ready', createdAt: order.createdAt, updatedAt: order.updatedAt },
    installed: machine.state === 'installed' || machine.state === 'enrolled', firmware: machine.facts.firmware, reference: labelOf(machine),
  })
}

/** The verdict about a MAC that is no machine's, from what was seen of it. */
export function findVerdictOfMac(room: BootRoom, mac: string, history: readonly TimelineEntry[]): Verdict | null {
  return judgeSilence({ ...surroundings(room), history, fetching: room.fetches.find([mac]), waitingUntil: null, order: null, installed: false, firmware: null, reference: mac })
}

function surroundings({ config, clock, fetches }: BootRoom): Pick<Look, 'now' | 'startedAt' | 'afterDiscovery' | 'bootOrder' | 'address' | 'bootPort' | 'controlPort'> {
  return {
    now: clock(), startedAt: fetches.startedAt, afterDiscovery: config.discovery.afterwards, bootOrder: config.install.bootOrder,
    address: config.bootPlane.address, bootPort: config.bootPlane.port, controlPort: config.controlPlane.port,
  }
}
