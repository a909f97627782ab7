import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

/** `labctl exit-codes`: what each exit code means. */
export function exitCodesCommand(session: Session): Command {
  return withFormat(new Command('exit-codes').description('list what each exit code means')).action((options: FormatOptions) => {
    const rows = Object.entries(exitCodes).map(([name, { code, meaning }]) => ({ code, name, meaning }))
    answer(session, options.output, { exitCodes: rows }, () => {
      session.terminal.print(renderTable(['CODE', 'NAME', 'MEANING'], rows.map(({ code, name, meaning }) => [String(code), name, meaning]), session.terminal.color))
    })
  })
}
