import type { Facts } from '../../protocol/facts.ts'
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderPlan } from '../output/render-plan.ts'
import type { Session } from '../session.ts'
import type { AnswerFormat } from './answer-format.ts'

/** A plan that was not refused. */
export type MadePlan = Extract<PlanAnswer, { kind: 'plan' }>

/** The plan of an answer. Refuses (`refused`) with all refusals when there is none. */
export function planOf(answer: PlanAnswer): MadePlan {
  if (answer.kind === 'plan') return answer
  throw planRefused(answer.refusals)
}

/** What a command throws when there is no plan: all refusals, each with its next step and what would lift it. */
export function planRefused(refusals: readonly Refusal[]): LabctlError {
  const many = refusals.length === 1 ? 'one reason' : `${refusals.length} reasons`
  return new LabctlError('refused', 'plan-refused', `This would be refused, for ${many}. Nothing was ordered, nothing is touched.`, { refusals })
}

/** Shows a plan before the order: as the answer's own part, or beside an answer that is a document for programs, on standard error. */
export function showPlan({ terminal }: Session, format: AnswerFormat, { plan, digest }: MadePlan, facts: Facts | null): void {
  const says = [{ text: `Plan of the ${plan.order} (${digest.slice(0, 12)})`, tone: 'strong' as const }]
  if (format === 'table') {
    terminal.line(says)
    terminal.print(renderPlan(plan, facts, terminal.color))
    return terminal.line()
  }
  terminal.note(says)
  for (const line of renderPlan(plan, facts, false).split('\n')) terminal.note(line)
}

/** Asks for a typed `yes`, unless `yes` was given. Refuses anything else, and where nobody can be asked, naming the command that goes on. */
export async function demandYes(session: Session, question: string, given: { yes: boolean | undefined, undone: string, nextStep: string }): Promise<void> {
  if (given.yes === true) return
  if (session.canAsk && await session.readLine(`${question} Type yes to go on:`) === 'yes') return
  throw new LabctlError('usage', 'not-confirmed', `${given.undone}: ${session.canAsk ? 'nobody said yes' : 'there is no terminal to ask on'}.`, { nextStep: given.nextStep })
}

/** What a plan destroys, in a few words for a question. */
export function losses({ devices }: StoragePlan): string {
  const count = (action: string) => devices.filter(device => device.action === action).length
  return `wipes ${count('wipe')}, reformats ${count('reformat')}, creates ${count('create')}, keeps ${count('keep') + count('reuse')}`
}
