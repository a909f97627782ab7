import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import { renderReference } from '../output/render-order.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { readSettingsFile } from '../client/read-settings-file.ts'
import { given, repeated } from './repeated-option.ts'
import { showArmed } from './show-armed.ts'
import { demandYes, losses, planOf, showPlan } from './show-plan.ts'

interface ReprovisionOptions extends FormatOptions { name?: string, role?: string, os?: string, wipe?: string[], accept?: string[], settings?: string, yes?: boolean }

const examples = `
The plan is made from the last facts and shown; the machine gets it only if the plan made from what it reports
then is the same or safer. Volumes marked keep, and whatever the layout does not know, stay as they are.

Examples:
  labctl provision reprovision worker-1
  labctl provision reprovision worker-1 --os debian-13 --accept lost-volume=srv --yes`

/** `labctl provision reprovision`: a new operating system beside the data that is there. */
export function provisionReprovision(session: Session): Command {
  return withFormat(new Command('reprovision').description('order a new operating system that keeps the machine’s data: shows the plan and asks')
    .argument('<machine>', 'name, MAC, UUID or id')
    .option('--name <name>', 'the name that it gets, one DNS label; the one that it has otherwise')
    .option('--role <role>', 'role, which chooses the layout; the one that it was installed with otherwise')
    .option('--os <name>', 'operating system; the bastion’s default otherwise')
    .option('--accept <override>', 'a refusal that does not hold, as in lost-volume=srv; may be repeated', repeated)
    .option('--wipe <disk>', 'identity of a further disk that may lose what it holds; may be repeated', repeated)
    .option('--settings <file>', 'the machine’s own settings, as labctl provision set takes them; the ones that it has otherwise')
    .option('-y, --yes', 'do not ask'))
    .addHelpText('after', examples)
    .action(async (machine: string, options: ReprovisionOptions) => {
      const settings = options.settings === undefined ? undefined : readSettingsFile(options.settings)
      const bastion = openBastion(session)
      const { name, role, os, wipe, accept } = options
      const wanted = given({ role, os, wipe, accept })
      const made = planOf(await bastion.plan({ machine, order: 'reprovision', ...wanted }))
      const detail = await bastion.machine(machine)
      showPlan(session, options.output, made, detail.facts)
      await demandYes(session, `Reprovision ${renderReference(detail.machine)}? The plan ${losses(made.plan)}.`, {
        yes: options.yes, undone: `${machine} was not ordered to be reprovisioned`, nextStep: `Read the plan, then: labctl provision reprovision ${machine} --yes (with the same options)`,
      })
      const order = await bastion.reprovision({ machine, shown: made.digest, ...given({ name, settings }), ...wanted })
      answer(session, options.output, order, () => { showArmed(session.terminal, order, detail, machine) })
    })
}
