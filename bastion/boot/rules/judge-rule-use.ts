// Decides whether a rule may arm an install for a machine that fits it, for discovery: every reason why not. What is not certain is a reason.
import type { Rule } from '../../platform/rule-schema.ts'

/** What is known of the machine, and of what rules have done so far. */
export interface RuleSituation {
  enabled: boolean
  /** Its first report was just taken; it was never known before. */
  isNew: boolean
  architecture: string
  /** Anything that was ever ordered for it, also before it was seen. */
  ordered: boolean
  installed: boolean
  alarms: number
  /** A report that differs, or claims in limbo. */
  unclear: boolean
  /** What an operator said that it is for. */
  role: string | null
  /** Its volumes carry tags of a machine of this bastion, or something is recorded as ours. */
  ours: boolean
  /** What its disks hold, a phrase each; whatever disk it is. */
  contents: readonly string[]
  /** Machines that this rule has armed, and all rules within the last hour. */
  armedByRule: number
  armedInHour: number
  perHour: number
}

/** Empty when the rule may arm. `role`: the rule's, with what it leaves open filled in. */
export function judgeRuleUse(rule: Pick<Rule, 'name' | 'most' | 'foreignData'>, role: string, situation: RuleSituation): string[] {
  const { contents, alarms, armedByRule, armedInHour, perHour } = situation
  const reasons: [boolean, string][] = [
    [!situation.enabled, 'Rules are off: rules.enabled is false in bastion.yaml.'],
    [!situation.isNew, 'It was discovered before: rules look at a machine only when it is discovered for the first time.'],
    [situation.ordered, 'Something was ordered for it already.'],
    [situation.installed, 'It has a system that was installed from here.'],
    [situation.architecture !== 'x86_64', `It is ${situation.architecture}, and only x86_64 is installed by rules.`],
    [alarms > 0, alarms === 1 ? 'There is an alarm on its timeline.' : `There are ${alarms} alarms on its timeline.`],
    [situation.unclear, 'It is not clear which machine it is: labctl provision resolve.'],
    [situation.role !== null && situation.role !== role, `An operator said that it is for the role ${situation.role}, and the rule installs ${role}.`],
    [situation.ours, 'Its disks hold volumes of a machine of this bastion: no rule destroys those.'],
    [rule.foreignData === 'refuse' && contents.length > 0, `Its disks hold something: ${contents.join('; ')}.`],
    [armedByRule >= rule.most, `The rule has armed ${armedByRule} machines, and may arm ${rule.most} (most).`],
    [armedInHour >= perHour, `${armedInHour} machines were armed by rules within the last hour, and ${perHour} may be (rules.perHour).`],
  ]
  return reasons.filter(([holds]) => holds).map(([, because]) => because)
}
