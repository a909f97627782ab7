import { Command } from 'commander'
import { parseMachineName } from '../../protocol/names.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { readSettingsFile } from '../client/read-settings-file.ts'
import { given, repeated } from './repeated-option.ts'
import { showArmed } from './show-armed.ts'
import { demandYes, losses, planOf, showPlan } from './show-plan.ts'

interface InstallOptions extends FormatOptions { role?: string, os?: string, wipe?: string[], settings?: string, yes?: boolean }

/** `labctl provision install`: orders an operating system for a machine. */
export function provisionInstall(session: Session): Command {
  return withFormat(new Command('install').description('order an operating system for a machine')
    .argument('<machine>', 'name, MAC, UUID or id').argument('<name>', 'the name that it gets: one DNS label')
    .option('--role <role>', 'role, which chooses the disk layout; the bastion’s default otherwise')
    .option('--os <name>', 'operating system; the bastion’s default otherwise')
    .option('--wipe <disk>', 'identity of a disk that may lose what it holds; may be repeated', repeated)
    .option('--settings <file>', 'the machine’s own settings, as labctl provision set takes them')
    .option('-y, --yes', 'do not show the plan and ask, where --wipe is given on a terminal'))
    .addHelpText('after', '\nA disk that holds anything is refused unless --wipe names it. labctl provision describe shows each disk’s identities.\nWith --wipe on a terminal the plan is shown first, and the machine must then come to the same one or a safer one.\n\nExamples:\n  labctl provision install 52:54:00:12:34:56 worker-1\n  labctl provision install worker-1 worker-1 --role infra --wipe ata-SAMSUNG_123')
    .action(async (machine: string, name: string, options: InstallOptions) => {
      if (parseMachineName(name) === null) throw new LabctlError('usage', 'name-invalid', `${name} cannot be a machine’s name.`, { nextStep: 'Use one DNS label: up to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.' })
      const settings = options.settings === undefined ? undefined : readSettingsFile(options.settings)
      const bastion = openBastion(session)
      const { role, os, wipe = [] } = options
      const wanted = given({ role, os, wipe })
      const shown = wipe.length > 0 && options.yes !== true && session.canAsk ? await showFirst(session, bastion, machine, options) : undefined
      const order = await bastion.install({ machine, name, ...wanted, ...given({ shown, settings }) })
      const detail = await bastion.machine(machine).catch(() => null)
      answer(session, options.output, order, () => { showArmed(session.terminal, order, detail, machine) })
    })
}

async function showFirst(session: Session, bastion: BastionClient, machine: string, { role, os, wipe, output }: InstallOptions): Promise<string> {
  const made = planOf(await bastion.plan({ machine, order: 'install', ...given({ role, os, wipe }) }))
  const { facts } = await bastion.machine(machine)
  showPlan(session, output, made, facts)
  await demandYes(session, `Install ${machine}? The plan ${losses(made.plan)}.`, { yes: false, undone: `Nothing was ordered for ${machine}`, nextStep: 'Read the plan; --yes orders without asking.' })
  return made.digest
}
