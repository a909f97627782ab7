import { Command } from 'commander'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exitCodesCommand } from './commands/exit-codes.ts'
import { initCommand } from './commands/init.ts'
import { osCommand } from './commands/os.ts'
import { provisionCommand } from './commands/provision.ts'
import { rehearseCommand } from './commands/rehearse.ts'
import { labctlVersion, versionCommand } from './commands/version.ts'
import type { Session } from './session.ts'

/** The tree of commands. Nothing in it ends the process: mistakes on the command line are thrown as commander's errors. */
export function buildProgram(session: Session): Command {
  const program = new Command('labctl').description('The command line of a labctl bastion: machines from power button to their own disk.').version(labctlVersion, '-V, --version')
  for (const part of [initCommand, provisionCommand, osCommand, configCommand, doctorCommand, rehearseCommand, versionCommand, exitCodesCommand]) program.addCommand(part(session))
  program.addCommand(completionCommand(session, program))
  program.addHelpText('after', '\nSettings come from ~/.labctl/config.yaml, overridden by LABCTL_URL, LABCTL_PIN, LABCTL_TOKEN, LABCTL_SOCKET.\nlabctl exit-codes lists what each exit code means.')
  return everywhere(program, session)
}

function everywhere(command: Command, session: Session, path = command.name()): Command {
  command.exitOverride().showSuggestionAfterError(true).showHelpAfterError(`  Next: ${path} --help`).configureOutput({
    writeOut: text => { session.terminal.print(text.trimEnd()) },
    writeErr: text => { for (const line of text.trimEnd().split('\n')) session.terminal.note(line) },
  })
  for (const child of command.commands) everywhere(child, session, `${path} ${child.name()}`)
  return command
}
