import { Command, Option } from 'commander'
import type { Decision, Questions } from '../../protocol/resolve.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderQuestions } from '../output/render-questions.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { given } from './repeated-option.ts'
import { demandYes } from './show-plan.ts'

interface ResolveOptions extends FormatOptions { take?: 'new' | 'recorded', hear?: boolean, another?: boolean, sameAs?: string, keepFirst?: boolean, cancel?: boolean, seen?: boolean, yes?: boolean }

const examples = `
A machine that does not report what is recorded of it is given no order until somebody says which is right.
Without one of the words below, it is only shown. docs/identity.md has what comes of what.

Examples:
  labctl provision resolve worker-1
  labctl provision resolve worker-1 --take new
  labctl provision resolve worker-1 --another --yes
  labctl provision resolve 52:54:00:12:34:56 --same-as worker-1`

/** `labctl provision resolve`: shows what is not clear about a machine's identity, and takes a word about it. */
export function provisionResolve(session: Session): Command {
  return withFormat(new Command('resolve').description('show how a machine differs from its record, and say which is right')
    .argument('<machine>', 'name, MAC, UUID or id')
    .addOption(new Option('--take <which>', 'new: the report replaces the record; recorded: it is dropped').choices(['new', 'recorded']))
    .option('--hear', 'let who is in limbo report, so that it can be compared')
    .option('--another', 'what is in limbo is another machine')
    .option('--same-as <machine>', 'this machine is that one, on another board')
    .option('--keep-first', 'of a contested order: the first key keeps it')
    .option('--cancel', 'of a contested order: cancel it')
    .option('--seen', 'its alarms were seen')
    .option('-y, --yes', 'do not ask'))
    .addHelpText('after', examples)
    .action(async (machine: string, options: ResolveOptions) => {
      const bastion = openBastion(session)
      const decision = decisionOf(options)
      const shown = await bastion.questions(machine, options.sameAs)
      if (decision === null) return answer(session, options.output, shown, () => { session.terminal.print(renderQuestions(shown, session.terminal.color, Date.now())) })
      show(session, options, shown)
      const offer = shown.offers.find(offered => offered.decision === decision)
      if (offer === undefined) throw new LabctlError('refused', 'resolve-unfit', `“${decision}” does not fit ${machine} now${shown.offers.length === 0 ? ': nothing is to be resolved' : ''}.`, { nextStep: `labctl provision resolve ${machine}` })
      await demandYes(session, `${decision}: ${offer.means}.`, { yes: options.yes, undone: `Nothing was resolved for ${machine}`, nextStep: `Read what differs, then: labctl provision resolve ${machine} --yes (with the same options)` })
      const done = await bastion.resolve(machine, { decision, shown: shown.digest, alarmsUpTo: shown.alarmsUpTo, ...given({ sameAs: options.sameAs }) })
      answer(session, options.output, done, () => {
        session.terminal.line([{ text: 'Resolved', tone: 'good' }, `: ${done.resolved ?? decision}`])
        session.terminal.line(`Next: labctl provision ${done.offers.length === 0 ? 'describe' : 'resolve'} ${decision === 'same-as' ? options.sameAs : machine}`)
      })
    })
}

function decisionOf(options: ResolveOptions): Decision | null {
  const said: Decision[] = [
    ...options.take === undefined ? [] : [`take-${options.take}` as const], ...options.hear === true ? ['hear' as const] : [], ...options.another === true ? ['another' as const] : [],
    ...options.sameAs === undefined ? [] : ['same-as' as const], ...options.keepFirst === true ? ['keep-first' as const] : [], ...options.cancel === true ? ['cancel' as const] : [], ...options.seen === true ? ['seen' as const] : [],
  ]
  if (said.length > 1) throw new LabctlError('usage', 'one-word', `One word at a time is wanted, and ${said.length} were given: ${said.join(', ')}.`, { nextStep: 'labctl provision resolve --help' })
  return said[0] ?? null
}

function show({ terminal }: Session, { output }: ResolveOptions, questions: Questions): void {
  if (output === 'table') {
    terminal.print(renderQuestions(questions, terminal.color, Date.now()))
    return terminal.line()
  }
  for (const line of renderQuestions(questions, false, Date.now()).split('\n')) terminal.note(line)
}
