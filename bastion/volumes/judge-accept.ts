// Overrides: each is named, and lifts exactly one refusal.
import type { Refusal } from '../../protocol/refusal.ts'

/** What can be overridden at all. */
export const acceptable = ['missing-disk', 'degraded-raid', 'lost-volume', 'changed-filesystem', 'small-volume', 'lost-folder', 'lost-carry-over'] as const
/** Only the machine can tell whether this one is needed: its old system may be unreadable. */
const leftToTheSteps = 'lost-carry-over=all'

/** The refusals that are left, one more for each override that nobody knows, and the overrides that were needed. */
export function judgeAccept(refusals: readonly Refusal[], accept: readonly string[], used: readonly string[]): { left: Refusal[], accepted: string[] } {
  const unknown = accept.filter(each => !/^[a-z-]+=./.test(each) || !acceptable.some(code => each.startsWith(`${code}=`)))
  const offered = refusals.flatMap(refusal => refusal.accept ?? [])
  // Two refusals under one override would lift more than was looked at.
  const lifted = (refusal: Refusal): boolean => refusal.accept !== undefined && accept.includes(refusal.accept) && offered.filter(each => each === refusal.accept).length === 1
  return {
    left: [...unknown.map(each => ({ code: 'accept-unknown', because: `--accept ${JSON.stringify(each)} is no override; those that exist are ${acceptable.map(code => `${code}=…`).join(', ')}.`, nextStep: 'Give the override exactly as the refusal names it.' })), ...refusals.filter(refusal => !lifted(refusal))],
    accepted: [...new Set([...refusals.filter(lifted).map(refusal => refusal.accept!), ...used, ...accept.filter(each => each === leftToTheSteps)])],
  }
}
