import { Argument, Command } from 'commander'
import type { Session } from '../session.ts'
import { renderCompletion, shells, type Shell } from './render-completion.ts'

/** `labctl completion`: a script that completes commands and options in a shell. */
export function completionCommand(session: Session, root: Command): Command {
  return new Command('completion').description('print a completion script: source <(labctl completion bash); labctl completion fish | source')
    .addArgument(new Argument('<shell>', 'shell').choices(shells)).action((shell: Shell) => { session.terminal.print(renderCompletion(shell, root).trimEnd()) })
}
