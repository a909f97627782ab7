import { Command, InvalidArgumentError, Option } from 'commander'
import type { LogLine } from '../../protocol/machine-logs.ts'
import { parseMac } from '../../protocol/names.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { logLines, logSenders } from '../client/log-lines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderHarmlessLines } from '../output/render-harmless.ts'
import { renderLogLine } from '../output/render-log-line.ts'
import { renderTable } from '../output/render-table.ts'
import { renderAge } from '../output/render-time.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { followLogs } from './follow-logs.ts'

const linesShown = 1000
type LogOptions = FormatOptions & { lines?: number, follow?: true }

/** `labctl provision logs`: what a machine's RAM disk and installer logged. */
export function provisionLogs(session: Session): Command {
  const lines = new Option('-n, --lines <count>', `only the last lines (default: ${linesShown} of what came by syslog)`).argParser(parseCount)
  return withFormat(new Command('logs').description('show what a machine’s RAM disk and installer logged: the tail that was sent on failure, and what came by syslog')
    .argument('[machine]', 'name, MAC, UUID, id, or an IPv4 address; without one, who sent anything').addOption(lines).option('-f, --follow', 'go on with what comes, until Ctrl-C'))
    .action(async (machine: string | undefined, options: LogOptions) => {
      const bastion = openBastion(session)
      if (machine === undefined) return options.follow === true ? followLogs(session, bastion, null, options) : listSenders(session, bastion, options)
      const tail = lastOf((await tailOf(bastion, machine)).trimEnd(), options.lines)
      const syslog = await logLines(bastion, machine, 0, options.lines ?? linesShown)
      const json = options.output === 'json'
      if (options.follow !== true || !json) answer(session, options.output, { log: tail, syslog }, () => { show(session, machine, tail, syslog, options) })
      if (options.follow === true) await followLogs(session, bastion, machine, { ...options, after: json ? 0 : syslog.at(-1)?.id ?? 0 })
    })
}

function show({ terminal }: Session, machine: string, tail: string, syslog: readonly LogLine[], { follow }: LogOptions): void {
  if (tail !== '') terminal.print(renderHarmlessLines(tail))
  if (tail !== '' && syslog.length > 0) terminal.line()
  if (syslog.length > 0) terminal.line({ text: 'By syslog, which anybody on the boot network can send in anybody’s name:', tone: 'faint' })
  for (const line of syslog) terminal.line(renderLogLine(line, null))
  if (tail !== '' || syslog.length > 0 || follow === true) return
  terminal.line(`No log of ${machine} yet: its RAM disk or installer sends one as it runs (logIntake in bastion.yaml), and a tail when its install fails.`)
  terminal.line(`labctl provision watch ${machine} shows how far it is.`)
}

/** Strangers and mere addresses have no tail: that takes a boot's bearer. */
async function tailOf(bastion: BastionClient, machine: string): Promise<string> {
  if (isAddress(machine)) return ''
  return bastion.log(machine).catch((error: unknown) => {
    if (error instanceof LabctlError && error.code === 'BST_NOT_FOUND' && parseMac(machine) !== null) return ''
    throw error
  })
}

async function listSenders(session: Session, bastion: BastionClient, { output }: LogOptions): Promise<void> {
  const senders = await logSenders(bastion)
  answer(session, output, { senders }, () => {
    const { terminal } = session
    if (senders.length === 0) return terminal.line('Nobody has sent a line yet: RAM disks and installers do as they run (logIntake in bastion.yaml).')
    terminal.print(renderTable(['SENDER', 'ADDRESS', 'LINES', 'DROPPED', 'LAST'], senders.map(({ name, machine, mac, address, lines, dropped, lastAt }) => [name ?? mac ?? machine ?? 'unknown', address, String(lines), String(dropped), renderAge(lastAt, Date.now())]), terminal.color))
  })
}

const lastOf = (text: string, count: number | undefined): string => count === undefined ? text : text.split('\n').slice(-count).join('\n')

/** Whether a word is an IPv4 address rather than a machine's name. */
export function isAddress(word: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(word)
}

/** A whole number above 0; refuses anything else as a usage error. */
export function parseCount(value: string): number {
  if (!/^[1-9]\d{0,6}$/.test(value)) throw new InvalidArgumentError('It must be a whole number above 0.')
  return Number(value)
}
