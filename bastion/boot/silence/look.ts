import type { OrderKind, OrderState, TimelineEntry } from '../../../protocol/machines.ts'

/** Everything that a verdict about a silent machine is made from. Times are milliseconds since 1970. */
export interface Look {
  now: number
  /** The newest entries of its timeline, oldest first. */
  history: readonly TimelineEntry[]
  /** What is being sent to it over HTTP at this moment; null when nothing is. */
  fetching: { file: string, since: number } | null
  /** Its open order; null when there is none. */
  order: { kind: OrderKind, state: OrderState, phase: string | null, name: string, os: string, osReady: boolean, createdAt: number, updatedAt: number } | null
  /** Until when its RAM disk is known to poll for an order; null when it never did since this bastion started, or was given a word. */
  waitingUntil: number | null
  /** Since when this bastion runs: before that, nobody could poll. */
  startedAt: number
  /** It has a system of its own. */
  installed: boolean
  /** What discovery recorded; null for a machine that was never discovered. */
  firmware: 'bios' | 'uefi' | null
  /** What it is told to load is an installer: of its order’s installation tree, or of the one that discovers. */
  byInstaller: boolean
  afterDiscovery: 'wait' | 'local-disk' | 'poweroff' | 'reboot'
  bootOrder: 'disk' | 'network'
  /** What to type for it. */
  reference: string
  /** The bastion's own address, and the ports of its planes. */
  address: string
  bootPort: number
  controlPort: number
}
