import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { renderExplanation, renderRules } from '../output/render-rules.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const examples = `
Rules stand in bastion.yaml under rules.list; docs/rules.md shows how. They are looked at once, when a machine is
discovered for the first time, and only while rules.enabled is true. --explain arms nothing.

Examples:
  labctl provision rules
  labctl provision rules --explain 52:54:00:12:34:56`

/** `labctl provision rules`: the rules that arm by themselves. */
export function provisionRules(session: Session): Command {
  return withFormat(new Command('rules').description('show the rules that order installations by themselves, and why a machine fits them or not')
    .option('--explain <machine>', 'name, MAC, UUID or id: which rule it fits, and what would come of it'))
    .addHelpText('after', examples)
    .action(async ({ explain, output }: FormatOptions & { explain?: string }) => {
      const bastion = openBastion(session)
      const { terminal } = session
      if (explain === undefined) {
        const rules = await bastion.rules()
        return answer(session, output, rules, () => { terminal.print(renderRules(rules, Date.now(), terminal.color)) })
      }
      const explanation = await bastion.explainRules(explain)
      answer(session, output, explanation, () => { terminal.print(renderExplanation(explanation, terminal.color)) })
    })
}
