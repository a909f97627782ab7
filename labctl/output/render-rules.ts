import type { RuleExplanation, Rules } from '../../protocol/rules.ts'
import { renderTable } from './render-table.ts'
import { renderAge } from './render-time.ts'

/** All rules in their order, with what they have armed. */
export function renderRules({ enabled, perHour, armedInHour, rules }: Rules, now: number, color: boolean): string {
  const state = enabled ? `Rules are on: ${armedInHour} of ${perHour} machines were armed within the last hour.` : 'Rules are off: nothing is armed by itself (rules.enabled in bastion.yaml).'
  if (rules.length === 0) return `${state}\nThere are no rules. docs/rules.md shows how they are written, under rules.list in bastion.yaml.`
  const table = renderTable(['#', 'RULE', 'A MACHINE WITH', 'GETS', 'NAMED', 'ARMED', 'LAST'], rules.map((rule, index) => [
    String(index + 1), { text: rule.name, tone: 'strong' }, rule.wants.join('; '), `${rule.os}, role ${rule.role}${rule.foreignData === 'destroy' ? ', whatever its disks hold' : ''}`, rule.machineName,
    { text: `${rule.armed} of ${rule.most}`, tone: rule.armed >= rule.most ? 'warning' : 'plain' }, rule.lastArmed === null ? '-' : `${rule.lastArmed.name}, ${renderAge(rule.lastArmed.at, now)}`,
  ]), color)
  return `${state}\n${table.trimEnd()}\nThe first rule that fits a new machine counts. labctl provision rules --explain MACHINE says which, and why.`
}

/** Which rule a machine fits, condition by condition, and what comes of it. */
export function renderExplanation({ machine, armed, rules, rule, order, because }: RuleExplanation, color: boolean): string {
  const judged = rules.map(({ name, fits, conditions }) => `${name}: ${fits ? name === rule ? 'fits, and counts' : 'fits, but an earlier rule counts' : 'does not fit'}\n${renderTable(null, conditions.map(condition => [
    '  ', { text: condition.fits ? 'yes' : 'no', tone: condition.fits ? 'good' : 'bad' }, condition.what, `wanted ${condition.wanted}`, `is ${condition.is}`,
  ]), color).trimEnd()}`)
  if (armed !== null) return [...judged, '', `The rule ${armed.rule} armed it, as ${armed.name}.`].join('\n')
  const outcome = order === null ? 'Nothing would be armed:' : because.length === 0 ? `${machine} would be armed: ${order}.` : `It would be: ${order}. It is not armed:`
  return [...judged, '', outcome, ...because.map(reason => `  ${reason}`)].join('\n').trimStart()
}
