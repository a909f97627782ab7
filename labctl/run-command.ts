import { CommanderError } from 'commander'
import { buildProgram } from './build-program.ts'
import { exitCodes } from './exit-codes.ts'
import { interrupted, LabctlError } from './labctl-error.ts'
import type { Terminal } from './output/terminal.ts'
import type { Session } from './session.ts'

/** Runs one command line (without the program's own name) and gives its exit code. Never throws: what went wrong is on standard error, with the next step. */
export async function runCommand(argv: readonly string[], session: Session): Promise<number> {
  try {
    await buildProgram(session).parseAsync(argv, { from: 'user' })
    return exitCodes.ok.code
  } catch (error) {
    session.terminal.status(null)
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code
    const known = session.signal.aborted ? interrupted() : error
    if (known instanceof LabctlError) {
      printError(session.terminal, known)
      return exitCodes[known.exit].code
    }
    const told = error as { message?: unknown, nextStep?: unknown, exitCode?: unknown }
    session.terminal.note([{ text: 'Failed: ', tone: 'bad' }, typeof told.message === 'string' ? told.message : String(error)])
    if (typeof told.nextStep === 'string') session.terminal.note(`  Next: ${told.nextStep}`)
    return typeof told.exitCode === 'number' && told.exitCode > 0 ? told.exitCode : exitCodes.failed.code
  }
}

function printError(terminal: Terminal, error: LabctlError): void {
  if (error.exit === 'interrupted') return terminal.note({ text: error.message, tone: 'warning' })
  const [first = '', ...rest] = error.message.split('\n')
  terminal.note([{ text: 'Error: ', tone: 'bad' }, first, { text: ` (${error.code})`, tone: 'faint' }])
  for (const line of rest) terminal.note(`  ${line}`)
  for (const refusal of error.refusals) {
    terminal.note([{ text: '  Refused: ', tone: 'bad' }, refusal.because, { text: ` (${refusal.code})`, tone: 'faint' }])
    if (refusal.nextStep !== '') terminal.note(`    Next: ${refusal.nextStep}`)
    if (refusal.accept !== undefined && !refusal.nextStep.includes(`--accept ${refusal.accept}`)) terminal.note(`    Or, if that is meant: --accept ${refusal.accept}`)
  }
  if (error.nextStep !== null && !error.refusals.some(refusal => refusal.nextStep === error.nextStep)) terminal.note([{ text: '  Next: ', tone: 'strong' }, error.nextStep])
}
