// Decides whether an operator's order is taken, for the operator: facts in, refusals out.
import type { OrderKind, OrderState } from '../../protocol/machines.ts'
import { parseMachineName } from '../../protocol/names.ts'
import type { Refusal } from '../../protocol/refusal.ts'

/** What is known when an install or a reprovision is ordered. */
export interface OrderSituation {
  /** Null when a machine that never had a name is to be reprovisioned under none. */
  name: string | null
  role: string
  os: string
  roles: readonly string[]
  osState: 'ready' | 'queued' | 'building' | 'failed' | null
  nameTakenBy: string | null
  openOrder: { kind: OrderKind, name: string, state: OrderState } | null
  /** The machine runs what an earlier order installed, and the order names nothing that may be destroyed. */
  spared: boolean
}

/** Why this order is refused; empty when it is taken. */
export function judgeOrder(situation: OrderSituation): Refusal[] {
  const { name, role, os, openOrder } = situation
  const refusals: Refusal[] = []
  if (name === null) refusals.push({ code: 'name-missing', because: 'The machine never had a name, and its new system needs one.', nextStep: 'Give it one with --name.' })
  else if (parseMachineName(name) === null) refusals.push({ code: 'name-invalid', because: `${JSON.stringify(name)} is not a machine name: one DNS label is wanted, of lower-case letters, digits and inner dashes, at most 63 characters (RFC 1123).`, nextStep: 'Choose a name such as worker-1.' })
  else if (situation.nameTakenBy !== null) refusals.push({ code: 'name-taken', because: `${name} is ${situation.nameTakenBy}.`, nextStep: `Choose another name, or forget the other machine: labctl provision forget ${name}` })
  if (!situation.roles.includes(role)) refusals.push({ code: 'role-unknown', because: `There is no layout for the role ${JSON.stringify(role)}; there are ${situation.roles.join(', ')}.`, nextStep: 'Use one of those, or add it under install.layouts in bastion.yaml.' })
  if (situation.osState !== 'ready') refusals.push({ code: 'os-missing', because: osBecause(os, situation.osState), nextStep: `labctl os add ${os}` })
  if (openOrder !== null && openOrder.state !== 'failed') refusals.push({ code: 'order-open', because: `The machine has an order already: ${openOrder.name} is ${openOrder.state}.`, nextStep: openOrder.state === 'armed' || openOrder.kind === 'rescue' ? `labctl provision cancel ${openOrder.name}` : `labctl provision describe ${openOrder.name}` })
  if (situation.spared) refusals.push({ code: 'machine-installed', because: 'The machine was installed before, so its disk holds an operating system and perhaps data; an install destroys all of it.', nextStep: 'To keep the data: labctl provision reprovision. If all of it may be destroyed, name the disk: --wipe DISK; labctl provision describe shows its identities.' })
  return refusals
}

function osBecause(os: string, state: OrderSituation['osState']): string {
  if (state === null) return `There is no operating system ${JSON.stringify(os)} here.`
  return state === 'failed' ? `The build of ${os} failed.` : `The image of ${os} is not ready yet: it is ${state}.`
}
