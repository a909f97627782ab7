// Decides what an order does to a machine with these facts, for the operator beforehand and for the machine itself.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { planStorage } from '../volumes/plan-storage.ts'

/** What an order answers a machine; stored with the order before the answer's first byte. */
export interface InstallPlan {
  /** The installation disk, for people. */
  disk: string
  storage: StoragePlan
}

/** The plan, or all refusals. `seed`: a fresh random UUID, from which the plan's UUIDs come. A disk that an earlier attempt of the same order has begun to write (every partition on it is one that was chosen then) may be begun again. */
export function makePlan(given: {
  layouts: Record<string, Layout>, facts: Facts, order: { role: string, wipe: readonly string[], plan: unknown }, machine: string, seed: string
}): { kind: 'plan', plan: InstallPlan } | { kind: 'refused', refusals: Refusal[] } {
  const { facts, order } = given
  const layout = given.layouts[order.role]
  if (layout === undefined) return { kind: 'refused', refusals: [{ code: 'role-unknown', because: `There is no layout for the role ${order.role} any more.`, nextStep: 'Add it under install.layouts in bastion.yaml and restart, or order again with another role.' }] }
  const earlier = (order.plan as InstallPlan | null)?.storage
  const decision = planStorage({
    layout, facts, identity: { machineId: given.machine, seed: given.seed },
    order: { kind: 'install', wipe: order.wipe, ...earlier === undefined ? {} : { earlier: [earlier] } },
  })
  if (decision.kind === 'refused') return decision
  return { kind: 'plan', plan: { disk: decision.plan.disks.find(disk => disk.role === 'system')!.description, storage: decision.plan } }
}
