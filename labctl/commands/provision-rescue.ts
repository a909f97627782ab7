import { Command } from 'commander'
import { openBastion } from '../client/open-bastion.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { showArmed } from './show-armed.ts'

/** `labctl provision rescue`: SSH into the machine's RAM disk. */
export function provisionRescue(session: Session): Command {
  return withFormat(new Command('rescue').description('order a boot into the RAM disk with SSH for the operators’ keys; no volume is mounted or activated').argument('<machine>', 'name, MAC, UUID or id'))
    .addHelpText('after', '\nThe keys are those of install.authorizedKeys on the bastion. labctl provision describe shows the SSH line and the\nfingerprint of the host key. When you are done: reboot there.\n\nExample:\n  labctl provision rescue worker-1 && labctl provision watch worker-1')
    .action(async (machine: string, options: FormatOptions) => {
      const bastion = openBastion(session)
      const order = await bastion.rescue(machine)
      const detail = await bastion.machine(machine).catch(() => null)
      answer(session, options.output, order, () => {
        showArmed(session.terminal, order, detail, machine)
        session.terminal.line(`Then: labctl provision describe ${machine} shows the SSH line with the host key’s fingerprint.`)
      })
    })
}
