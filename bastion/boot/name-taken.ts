import { judgeExpected } from '../machines/judge-expected.ts'
import type { Machine } from '../machines/machine-store.ts'
import type { BootRoom } from './boot-room.ts'

/** A machine, or the MACs of one that was not seen yet; `expected`: the id of what waits for it. */
export type Whose = (Pick<Machine, 'id' | 'macs'> & Partial<Pick<Machine, 'uuid' | 'serial'>> | { id: null, macs: readonly string[] }) & { expected?: string | null }

/** Whose a name is, as the end of a sentence; null when it is free for this machine, or, where that was not seen yet, for the one with this MAC. */
export function takenBy(room: BootRoom, whose: Whose, name: string): string | null {
  const reserved = room.orders.findOpenByName(name)
  if (reserved !== null && reserved.machine !== whose.id) return `reserved by the order of another machine (${reserved.state})`
  const other = room.machines.listByReference(name).find(found => found.name === name && found.id !== whose.id)
  if (other !== undefined) return `the name of another machine (${other.macs[0] ?? other.id})`
  const advance = room.advance.findByName(name)
  const waiting = room.expected.findByName(name)
  if (waiting !== null && waiting.id !== whose.expected && judgeExpected(waiting, { uuid: null, serial: null, ...whose }).kind === 'other') return `reserved by an import for a machine that was not seen yet (${waiting.mac ?? waiting.serial ?? waiting.uuid})`
  return advance === null || whose.macs.includes(advance.mac) ? null : `reserved by an order for a machine that ${advance.machine === null ? 'was not seen yet' : 'waits for a confirmation'} (${advance.mac})`
}
