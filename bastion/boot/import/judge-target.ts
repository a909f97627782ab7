// Decides whether a machine can have what an operator says of it, for the import and for the machine that it waited for.
import type { MachineState, Order } from '../../../protocol/machines.ts'
import { mostLabels } from '../../../protocol/labels.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { Profile } from './plan-profile.ts'

/** `machine`: null for one that was never seen. `systemOrder`: its open order for an operating system. `installedRole`: that of its last one that was done. */
export interface TargetSituation {
  before: Profile
  after: Profile
  nameHolder: string | null
  machine: { label: string, state: MachineState, systemOrder: Pick<Order, 'kind' | 'name' | 'role' | 'state'> | null, installedRole: string | null } | null
}

/** Why not; empty when it can. An installed system keeps the name and the role that it was installed with. */
export function judgeTarget({ before, after, nameHolder, machine }: TargetSituation): Refusal[] {
  const refusals: Refusal[] = []
  if (nameHolder !== null) refusals.push({ code: 'name-taken', because: `The name ${after.name} is ${nameHolder}.`, nextStep: 'Choose another name; labctl provision list shows who has it.' })
  if (Object.keys(after.labels).length > mostLabels) refusals.push({ code: 'labels-too-many', because: `It would have ${Object.keys(after.labels).length} labels, and at most ${mostLabels} are kept.`, nextStep: 'Take some away: labctl provision label MACHINE KEY-' })
  if (machine === null) return refusals
  const { label, state, systemOrder: order, installedRole } = machine
  for (const key of ['name', 'role'] as const) {
    if (after[key] === before[key] || after[key] === null) continue
    const has = key === 'name' ? before.name : installedRole
    if (order !== null && order[key] !== after[key]) refusals.push({ code: 'order-open', because: `${label} has an order that gives it the ${key} ${order[key]}, not ${after[key]}: ${order.kind} is ${order.state}.`, nextStep: `Cancel it first, where that is meant: labctl provision cancel ${label}` })
    else if (order === null && state !== 'discovered' && has !== null && has !== after[key]) refusals.push({ code: `${key}-installed`, because: `${label} runs a system that was installed with the ${key} ${has}; it can’t become ${after[key]} by a word.`, nextStep: `labctl provision reprovision ${label} --${key} ${after[key]}` })
  }
  return refusals
}
