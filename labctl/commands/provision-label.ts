import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { parseLabelWords } from '../import/parse-label-words.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderLabels } from '../output/render-labels.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

const notes = `
KEY=VALUE sets a label or changes it, KEY- takes it away. The syntax is that of Kubernetes: docs/import.md.

Examples:
  labctl provision label worker-1 rack=3 example.com/zone=a
  labctl provision label CZ3051PQ rack=4 spare-
  labctl provision list --label rack=4`

/** `labctl provision label`: sets labels of a machine, or takes them away. */
export function provisionLabel(session: Session): Command {
  return withFormat(new Command('label').description('set labels of a machine, or take them away')
    .argument('<machine>', 'name, MAC, serial, UUID or id').argument('<label...>', 'KEY=VALUE, or KEY- to take one away'))
    .addHelpText('after', notes)
    .action(async (machine: string, words: string[], { output }: FormatOptions) => {
      const { labels, mistakes } = parseLabelWords(words)
      if (mistakes.length > 0) throw new LabctlError('usage', 'label-invalid', `No label was changed:\n${mistakes.map(mistake => `- ${mistake}`).join('\n')}`, { nextStep: 'labctl provision label --help' })
      const after = await openBastion(session).label(machine, labels)
      answer(session, output, after, () => {
        const { terminal } = session
        terminal.line(after.changes.length === 0 ? `${after.machine} has these labels already: nothing was changed.` : [{ text: 'Labelled', tone: 'good' }, `: ${after.machine}${after.seen ? '' : ', which was never seen'}.`])
        terminal.line(`Its labels: ${renderLabels(after.labels) || 'none'}`)
      })
    })
}
