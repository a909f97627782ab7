import { Command, Option } from 'commander'
import { renderJson, renderYaml } from '../output/render-document.ts'
import type { Session } from '../session.ts'

/** How an answer is written: a table for people, or a document for programs. */
export type AnswerFormat = 'table' | 'json' | 'yaml'
/** The options of a command that has `-o`. */
export interface FormatOptions { output: AnswerFormat }

/** Gives a command the option `-o table|json|yaml`. */
export function withFormat(command: Command): Command {
  return command.addOption(new Option('-o, --output <format>', 'how to write the answer').choices(['table', 'json', 'yaml']).default('table'))
}

/** Writes an answer: the value as a document, or what `table` prints. */
export function answer(session: Session, format: AnswerFormat, value: unknown, table: () => void): void {
  if (format === 'json') session.terminal.print(renderJson(value))
  else if (format === 'yaml') session.terminal.print(renderYaml(value))
  else table()
}
