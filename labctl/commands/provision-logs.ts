import { Command, InvalidArgumentError, Option } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { renderHarmlessLines } from '../output/render-harmless.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

/** `labctl provision logs`: the tail of what a machine's installer logged. */
export function provisionLogs(session: Session): Command {
  const lines = new Option('-n, --lines <count>', 'only the last lines').argParser(parseCount)
  return withFormat(new Command('logs').description('show the log tail that a machine’s installer sent').argument('<machine>', 'name, MAC, UUID or id').addOption(lines))
    .action(async (machine: string, options: FormatOptions & { lines?: number }) => {
      const whole = (await openBastion(session).log(machine)).trimEnd()
      const log = options.lines === undefined ? whole : whole.split('\n').slice(-options.lines).join('\n')
      answer(session, options.output, { log }, () => {
        if (log !== '') return session.terminal.print(renderHarmlessLines(log))
        session.terminal.line(`No log of ${machine} yet: a machine sends one when its install fails.`)
        session.terminal.line(`labctl provision watch ${machine} shows how far it is.`)
      })
    })
}

/** A whole number above 0; refuses anything else as a usage error. */
export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(value)
}
