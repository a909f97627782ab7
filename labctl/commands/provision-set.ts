import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { readSettingsFile } from '../client/read-settings-file.ts'
import { LabctlError } from '../labctl-error.ts'
import { renderSettings } from '../output/render-settings.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

interface SetOptions extends FormatOptions { file?: string, clear?: boolean }

const notes = `
The file holds users, network, dns, ntp, locale and the like (docs/settings.md); each setting in it is taken in
place of what bastion.yaml says for the machine's role or for all. They count from the next install or
reprovision on, and are kept until they are set anew or the machine is forgotten.

Examples:
  labctl provision set worker-1 --file worker-1.yaml
  labctl provision set worker-1 --clear`

/** `labctl provision set`: gives a machine its own settings, or takes them away. */
export function provisionSet(session: Session): Command {
  return withFormat(new Command('set').description('give a machine settings of its own: users, network, language ...')
    .argument('<machine>', 'name, MAC, UUID or id')
    .option('--file <file>', 'its settings, all of them, in YAML or JSON')
    .option('--clear', 'take them away'))
    .addHelpText('after', notes)
    .action(async (machine: string, { file, clear, output }: SetOptions) => {
      if ((file === undefined) === (clear !== true)) throw new LabctlError('usage', 'settings-missing', 'Wanted is one of --file FILE and --clear.')
      const given = file === undefined ? {} : readSettingsFile(file)
      const effective = await openBastion(session).putSettings(machine, given)
      answer(session, output, effective, () => {
        session.terminal.print(renderSettings(effective, session.terminal.color))
        session.terminal.line(`These count from the next install or reprovision of ${machine} on, in the role ${effective.role}.`)
      })
    })
}
