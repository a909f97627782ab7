// Gathers what was seen of a machine, or of a MAC that is none yet, and has its silence judged. Computed when somebody looks; nothing is kept.
import type { TimelineEntry, Verdict } from '../../../protocol/machines.ts'
import type { StoredOrder } from '../../install/order-store.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { decideAfterDiscovery, discoveryOs } from '../decide-discovery.ts'
import { treeOf } from '../order-tree.ts'
import { judgeSilence } from './judge-silence.ts'
import type { Look } from './look.ts'

/** Four starts, each with all that is seen of one, and lease renewals beside. */
const entriesLookedAt = 120
/** A machine that has been off for so long, and is expected by nobody, is not news. */
const newsMs = 7 * 86_400_000
/** Machines whose timeline, as it is, gives no verdict at any time to come, and its newest entry: a list of ten thousand must not read all timelines each time. */
const settledMachines = new WeakMap<BootRoom, Map<string, string>>()

/** The verdict about a machine, with its open order; null when there is none. */
export function findVerdict(room: BootRoom, machine: Machine, order: StoredOrder | null): Verdict | null {
  const waitingUntil = room.waiting.get(machine.id) ?? null
  const expected = order !== null || waitingUntil !== null
  if (order === null && waitingUntil !== null && waitingUntil > room.clock()) return null
  const key = `${machine.state} ${room.timeline.newestId(machine.id)}`
  const settled = settledOf(room)
  if (!expected && settled.get(machine.id) === key) return null
  const look = lookAt(room, machine, order, waitingUntil)
  const verdict = order === null && (look.history.at(-1)?.at ?? 0) < look.now - newsMs ? null : judgeSilence(look)
  if (!expected && verdict === null && judgeSilence({ ...look, now: Number.MAX_SAFE_INTEGER, fetching: null }) === null) settled.set(machine.id, key)
  else settled.delete(machine.id)
  return verdict
}

function settledOf(room: BootRoom): Map<string, string> {
  const known = settledMachines.get(room) ?? new Map<string, string>()
  settledMachines.set(room, known)
  return known
}

function lookAt(room: BootRoom, machine: Machine, order: StoredOrder | null, waitingUntil: number | null): Look {
  return {
    ...surroundings(room), byInstaller: (order === null ? discoveryOs(room.config) : order.state === 'failed' ? null : treeOf(room, order)) !== null, history: room.timeline.list(machine.id, 0, entriesLookedAt), fetching: room.fetches.find(machine.macs), waitingUntil,
    order: order === null ? null : { kind: order.kind, state: order.state, phase: order.phase, name: order.name, os: order.os, osReady: order.os === '' || room.findOs(order.os)?.state === 'ready', createdAt: order.createdAt, updatedAt: order.updatedAt },
    installed: machine.state === 'installed' || machine.state === 'enrolled', firmware: machine.facts.firmware, reference: labelOf(machine),
  }
}

/** The verdict about a MAC that is no machine's, from what was seen of it. */
export function findVerdictOfMac(room: BootRoom, mac: string, history: readonly TimelineEntry[]): Verdict | null {
  return judgeSilence({ ...surroundings(room), history, fetching: room.fetches.find([mac]), waitingUntil: null, order: null, installed: false, firmware: null, reference: mac })
}

function surroundings({ config, clock, fetches }: BootRoom): Pick<Look, 'now' | 'startedAt' | 'byInstaller' | 'afterDiscovery' | 'bootOrder' | 'address' | 'bootPort' | 'controlPort'> {
  return {
    now: clock(), startedAt: fetches.startedAt, byInstaller: discoveryOs(config) !== null, afterDiscovery: decideAfterDiscovery(config), bootOrder: config.install.bootOrder,
    address: config.bootPlane.address, bootPort: config.bootPlane.port, controlPort: config.controlPlane.port,
  }
}
