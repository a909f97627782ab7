import type { LogLine } from '../../protocol/machine-logs.ts'
import { renderLogLine } from './render-log-line.ts'
import type { Terminal } from './terminal.ts'

/** The last lines of a machine's log as a section of its description. */
export function printLog(terminal: Terminal, lines: readonly LogLine[], reference: string): void {
  terminal.line()
  terminal.line([{ text: 'Log', tone: 'strong' }, { text: lines.length === 0 ? '' : `  by syslog, which proves nothing; more: labctl provision logs ${reference}`, tone: 'faint' }])
  if (lines.length === 0) terminal.line('  No lines are kept. Its RAM disk and installer send them while they run.')
  for (const line of lines) terminal.line(['  ', ...renderLogLine(line, null)])
}
