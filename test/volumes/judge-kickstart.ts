// What every scenario's plan is as a whole kickstart: taken by the real ksvalidator, or refused as the plan itself is.
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import { complaintsOf } from '../lib/ksvalidator.ts'
import { benchMac } from './bench/bench.ts'
import type { Lab } from './lab.ts'
import type { LabOrder } from './scenario.ts'

let turn = 0
const sources = { 'fedora-43': 'F43', 'alma-9.6': 'RHEL9' }

/** What is wrong with the kickstarts of this order, from what the machine has reported last; empty when nothing is. */
export async function kickstartProblems(lab: Lab, order: LabOrder, scratch: string): Promise<string[]> {
  const ask = async (more: object): Promise<PlanAnswer> => (await lab.api<PlanAnswer>('POST', '/api/plan', { machine: benchMac, order: order.kind, ...order.role === undefined ? {} : { role: order.role }, accept: order.accept ?? [], wipe: order.wipe ?? [], ...more })).body
  const plain = await ask({ os: 'lab-two' })
  // Each costs a second of Python: by turns. What differs between releases has goldens of its own.
  turn += 1
  const problems = await Promise.all([Object.entries(sources)[turn % 2]!].map(async ([os, version]) => {
    const answer = await ask({ os, face: 'kickstart' })
    if (plain.kind === 'refused') return codes(answer) === codes(plain) ? null : `as a kickstart it is refused with ${codes(answer)}, and otherwise with ${codes(plain)}`
    if (answer.kind === 'plan') return answer.digest === plain.digest ? complaintsOf(answer.text!, version, scratch) : `the kickstart for ${os} is of another plan`
    // What can be said in steps, and not to Anaconda.
    return answer.refusals.every(({ code }) => code.startsWith('kickstart-')) ? null : `as a kickstart for ${os} it is refused with ${codes(answer)}`
  }))
  return problems.filter(problem => problem !== null)
}

function codes(answer: PlanAnswer): string {
  return answer.kind === 'plan' ? 'nothing' : answer.refusals.map(({ code }) => code).toSorted().join(', ')
}
