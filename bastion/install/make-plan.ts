// Decides what an order does to a machine with these facts, for the operator beforehand and for the machine itself.
import type { Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import { planStorage } from '../volumes/plan-storage.ts'

/** What an order answers a machine; stored with the order before the answer's first byte. */
export interface InstallPlan {
  /** The installation disk, for people. */
  disk: string
  storage: StoragePlan
  /** Of earlier attempts of the same order, the newest first. */
  earlier: StoragePlan[]
}

/** What is wanted of a machine's storage. `earlier`: see {@link earlierPlans}. */
export interface PlanOrder { kind: 'install' | 'reprovision', role: string, wipe: readonly string[], accept: readonly string[], earlier: readonly StoragePlan[] }

/** Who is asked for a plan, with what. `layout`: null where the configuration has none for the role. `carryOver`: files that outlive their volume. `seed`: a fresh random UUID, from which the plan's UUIDs come. */
export interface PlanQuestion {
  layout: Layout | null, facts: Facts, record: StorageRecord | null, order: PlanOrder, machine: string, seed: string
  carryOver: { paths: readonly string[], mostMib: number }
}

/** The plan, or all refusals. A disk that an earlier attempt of the same order has begun to write (every partition on it is one that was chosen then) may be begun again. */
export function makePlan({ layout, facts, record, order, machine, seed, carryOver }: PlanQuestion): { kind: 'plan', plan: InstallPlan } | { kind: 'refused', refusals: Refusal[] } {
  if (layout === null) return { kind: 'refused', refusals: [{ code: 'role-unknown', because: `There is no layout for the role ${order.role}.`, nextStep: 'Add it under install.layouts in bastion.yaml and restart, or order again with another role.' }] }
  const decision = planStorage({
    layout, facts, record, identity: { machineId: machine, seed }, carryOver,
    order: order.kind === 'install' ? { kind: 'install', wipe: order.wipe, earlier: order.earlier } : { kind: 'reprovision', wipe: order.wipe, accept: order.accept },
  })
  if (decision.kind === 'refused') return decision
  return { kind: 'plan', plan: { disk: decision.plan.disks.find(disk => disk.role === 'system')!.description, storage: decision.plan, earlier: [...order.earlier].slice(0, 8) } }
}

/** The storage plans that attempts of an order were answered, from what was stored with it; the newest first. */
export function earlierPlans(stored: unknown): StoragePlan[] {
  const plan = stored as InstallPlan | null
  return plan?.storage === undefined ? [] : [plan.storage, ...plan.earlier]
}
