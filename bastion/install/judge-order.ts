// Decides whether an operator's order is taken, for the operator: facts in, refusals out.
import type { OrderState } from '../../protocol/machines.ts'
import { parseMachineName } from '../../protocol/names.ts'
import type { Refusal } from '../../protocol/refusal.ts'

/** What is known when an install is ordered. */
export interface OrderSituation {
  name: string
  role: string
  os: string
  roles: readonly string[]
  osState: 'ready' | 'queued' | 'building' | 'failed' | null
  nameTakenBy: string | null
  openOrder: { name: string, state: OrderState } | null
  differs: boolean
  /** The machine runs what an earlier order installed; its recorded facts may be from before that. */
  installed: boolean
  wipe: readonly string[]
}

/** Why this install order is refused; empty when it is taken. */
export function judgeOrder(situation: OrderSituation): Refusal[] {
  const { name, role, os, openOrder } = situation
  const refusals: Refusal[] = []
  if (parseMachineName(name) === null) refusals.push({ code: 'name-invalid', because: `${JSON.stringify(name)} is not a machine name: one DNS label is wanted, of lower-case letters, digits and inner dashes, at most 63 characters (RFC 1123).`, nextStep: 'Choose a name such as worker-1.' })
  else if (situation.nameTakenBy !== null) refusals.push({ code: 'name-taken', because: `${name} is ${situation.nameTakenBy}.`, nextStep: `Choose another name, or forget the other machine: labctl provision forget ${name}` })
  if (!situation.roles.includes(role)) refusals.push({ code: 'role-unknown', because: `There is no layout for the role ${JSON.stringify(role)}; there are ${situation.roles.join(', ')}.`, nextStep: 'Use one of those, or add it under install.layouts in bastion.yaml.' })
  if (situation.osState !== 'ready') refusals.push({ code: 'os-missing', because: osBecause(os, situation.osState), nextStep: `labctl os add ${os}` })
  if (openOrder !== null && openOrder.state !== 'failed') refusals.push({ code: 'order-open', because: `The machine has an order already: ${openOrder.name} is ${openOrder.state}.`, nextStep: openOrder.state === 'armed' ? `labctl provision cancel ${openOrder.name}` : `labctl provision describe ${openOrder.name}` })
  if (situation.installed && situation.wipe.length === 0) refusals.push({ code: 'machine-installed', because: 'The machine was installed before, so its disk holds an operating system and perhaps data; an install destroys all of it.', nextStep: 'If all of that may be destroyed, name the disk: --wipe DISK; labctl provision describe shows its identities.' })
  if (situation.differs) refusals.push({ code: 'facts-differ', because: 'The machine’s last report does not agree with what is recorded of it, so it is not known which of the two is meant.', nextStep: `Compare them with labctl provision describe; if the new report is right: labctl provision forget, and let the machine be discovered again.` })
  return refusals
}

function osBecause(os: string, state: OrderSituation['osState']): string {
  if (state === null) return `There is no operating system ${JSON.stringify(os)} here.`
  return state === 'failed' ? `The build of ${os} failed.` : `The image of ${os} is not ready yet: it is ${state}.`
}
