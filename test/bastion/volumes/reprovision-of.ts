// A machine that was installed by a plan of ours, and what a reprovision of it answers.
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import { learnRecord } from '../../../bastion/volumes/learn-record.ts'
import { planStorage, type StorageDecision } from '../../../bastion/volumes/plan-storage.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../../protocol/storage-record.ts'
import { factsAfter } from '../../lib/facts-after.ts'

export const worker = defaultLayouts.worker!
export const machineId = '019a0000-0000-7000-8000-000000000001'
export const seed = (number: number): string => `12345678-1234-4234-8234-${String(number).padStart(12, '0')}`

export const planOf = (decision: StorageDecision): StoragePlan => {
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals, null, 2))
  return decision.plan
}
export const codesOf = (decision: StorageDecision): string[] => (decision.kind === 'plan' ? [] : [...new Set(decision.refusals.map(refusal => refusal.code))])

/** The healthy machine: installed on these empty disks by this layout, record completed. */
export function installed(before: Facts, layout: Layout = worker): { facts: Facts, record: StorageRecord, unlearned: StorageRecord, plan: StoragePlan } {
  const plan = planOf(planStorage({ layout, facts: before, order: { kind: 'install', wipe: [] }, identity: { machineId, seed: seed(1) } }))
  const facts = factsAfter(plan, before)
  const unlearned = recordOfPlan(plan, before, null)
  return { facts, unlearned, plan, record: learnRecord(unlearned, facts) }
}

export interface Asked { layout?: Layout, facts: Facts, record: StorageRecord | null, accept?: string[], wipe?: string[], seed?: string, carryOver?: { paths: string[], mostMib: number } | null }

/** What a reprovision answers. */
export const ask = ({ layout = worker, facts, record, accept = [], wipe = [], carryOver = null, ...more }: Asked): StorageDecision =>
  planStorage({ layout, facts, record, order: { kind: 'reprovision', accept, wipe }, identity: { machineId, seed: more.seed ?? seed(2) }, carryOver })
