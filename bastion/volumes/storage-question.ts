// What is asked of the storage planner, and how it answers.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'

/** `wipe`: identities (by-id name, WWN or serial) of disks that may lose what they hold. `earlier`: plans of this same order's attempts that never finished; what they left on a disk may be destroyed too. */
export interface InstallOrder { kind: 'install', wipe: readonly string[], earlier?: readonly StoragePlan[] }

/** `accept`: the refusals that the operator overrides, as in `lost-volume=srv`. */
export interface ReprovisionOrder { kind: 'reprovision', accept: readonly string[], wipe: readonly string[] }

/** One question; see each member. */
export interface StorageQuestion<Order = InstallOrder | ReprovisionOrder> {
  layout: Layout
  /** What the machine reported this minute. */
  facts: Facts
  /** What the bastion recorded of the machine; null for one that we neither installed nor adopted. An install needs none. */
  record?: StorageRecord | null
  order: Order
  /** `machineId`: the internal id, for the volumes' tags. `seed`: a fresh random UUID of this attempt; all UUIDs of the plan come from it. */
  identity: { machineId: string, seed: string }
  /** Files to be put aside by a reprovision and put back; null or missing: none. */
  carryOver?: { paths: readonly string[], mostMib: number } | null
}

/** The plan, or all refusals together. */
export type StorageDecision = { kind: 'plan', plan: StoragePlan } | { kind: 'refused', refusals: Refusal[] }
