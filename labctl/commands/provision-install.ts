import { Command } from 'commander'
import { parseMachineName } from '../../protocol/names.ts'
import type { MachineDetail, Order } from '../../protocol/machines.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Terminal } from '../output/terminal.ts'
import { renderTable } from '../output/render-table.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'

interface InstallOptions extends FormatOptions { role?: string, os?: string, wipe: string[] }

/** `labctl provision install`: orders an operating system for a machine. */
export function provisionInstall(session: Session): Command {
  return withFormat(new Command('install').description('order an operating system for a machine')
    .argument('<machine>', 'name, MAC, UUID or id').argument('<name>', 'the name that it gets: one DNS label')
    .option('--role <role>', 'role, which chooses the disk layout; the bastion’s default otherwise')
    .option('--os <name>', 'operating system; the bastion’s default otherwise')
    .option('--wipe <disk>', 'identity of a disk that may lose what it holds; may be repeated', (disk: string, before: string[]) => [...before, disk], [] as string[]))
    .addHelpText('after', '\nA disk that holds anything is refused unless --wipe names it. labctl provision describe shows each disk’s identities.')
    .action(async (machine: string, name: string, options: InstallOptions) => {
      if (parseMachineName(name) === null) throw new LabctlError('usage', 'name-invalid', `${name} cannot be a machine’s name.`, { nextStep: 'Use one DNS label: up to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.' })
      const bastion = openBastion(session)
      const order = await bastion.install({
        machine, name, ...options.role === undefined ? {} : { role: options.role }, ...options.os === undefined ? {} : { os: options.os },
        ...options.wipe.length === 0 ? {} : { wipe: options.wipe },
      })
      const detail = await bastion.machine(machine).catch(() => null)
      answer(session, options.output, order, () => { printArmed(session.terminal, order, detail, machine) })
    })
}

/** Shows an order that was just armed, and what starts it: `detail` (null when it could not be had) tells whether the machine waits. */
export function printArmed(terminal: Terminal, order: Order, detail: MachineDetail | null, ref: string): void {
  const waiting = detail?.machine.waiting === true
  terminal.line([{ text: 'Armed', tone: 'good' }, `: install ${order.os} on ${ref} as ${order.name}.`])
  terminal.print(renderTable(null, [
    ['  role', order.role], ['  attempt', String(order.attempt)], ['  order', order.id],
    ['  may be wiped', order.wipe.length === 0 ? 'no disk that holds anything' : { text: order.wipe.join(', '), tone: 'warning' }],
  ], terminal.color))
  terminal.line(waiting ? 'The machine is waiting in its RAM disk and will begin within half a minute.' : 'Next: switch the machine on (or restart it), set to boot from the network.')
  terminal.line(`${waiting ? 'Next' : 'Then'}: labctl provision watch ${ref}`)
}
