import { Command } from 'commander'
import type { NamedIdentity } from '../../protocol/machines.ts'
import { parseMac, parseMachineName, parseUuid } from '../../protocol/names.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { openBastion } from '../client/open-bastion.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import { answer, withFormat, type FormatOptions } from './answer-format.ts'
import { readSettingsFile } from '../client/read-settings-file.ts'
import { given, repeated } from './repeated-option.ts'
import { showArmed, showExpected } from './show-armed.ts'
import { demandYes, losses, planOf, showPlan } from './show-plan.ts'

interface InstallOptions extends FormatOptions { role?: string, os?: string, wipe?: string[], settings?: string, serial?: string, uuid?: string, disk?: string[], yes?: boolean }

/** `labctl provision install`: orders an operating system for a machine. */
export function provisionInstall(session: Session): Command {
  return withFormat(new Command('install').description('order an operating system for a machine')
    .argument('<machine>', 'name, MAC, UUID or id').argument('[name]', 'the name that it gets: one DNS label; where none is given, the one that it has')
    .option('--role <role>', 'role, which chooses the disk layout; the bastion’s default otherwise')
    .option('--os <name>', 'operating system; the bastion’s default otherwise')
    .option('--wipe <disk>', 'identity of a disk that may lose what it holds; may be repeated', repeated)
    .option('--serial <serial>', 'serial that the system must have')
    .option('--uuid <uuid>', 'SMBIOS UUID that the system must have')
    .option('--disk <disk>', 'serial, WWN or by-id name of a disk that the machine must have; may be repeated', repeated)
    .option('--settings <file>', 'the machine’s own settings, as labctl provision set takes them')
    .option('-y, --yes', 'do not show the plan and ask, where --wipe is given on a terminal'))
    .addHelpText('after', '\nA disk that holds anything is refused unless --wipe names it. labctl provision describe shows each disk’s identities.\nWith --wipe on a terminal the plan is shown first, and the machine must then come to the same one or a safer one.\n\nThe MAC may be one that was never seen: the order waits for that machine. It goes on by itself if --serial or --uuid, and\n--disk, name it and it has them; else it stops after discovery until labctl provision confirm.\n\nExamples:\n  labctl provision install 52:54:00:12:34:56 worker-1\n  labctl provision install worker-1 --role infra --wipe ata-SAMSUNG_123\n  labctl provision install 52:54:00:12:34:57 worker-2 --serial CZ1234 --disk S4EWNX0R')
    .action(async (machine: string, wantedName: string | undefined, options: InstallOptions) => {
      if (wantedName !== undefined && parseMachineName(wantedName) === null) throw new LabctlError('usage', 'name-invalid', `${wantedName} cannot be a machine’s name.`, { nextStep: 'Use one DNS label: up to 63 of a-z, 0-9 and -, beginning and ending with a letter or digit.' })
      const settings = options.settings === undefined ? undefined : readSettingsFile(options.settings)
      const bastion = openBastion(session)
      const name = wantedName ?? await nameOf(bastion, machine)
      const { role, os, wipe = [] } = options
      const wanted = given({ role, os, wipe })
      const identity = namedIdentity(options)
      const shown = wipe.length > 0 && options.yes !== true && session.canAsk && await isThere(bastion, machine) ? await showFirst(session, bastion, machine, options) : undefined
      const order = await bastion.install({ machine, name, ...wanted, ...given({ shown, settings, identity }) })
      const detail = await bastion.machine(machine).catch(() => null)
      answer(session, options.output, order, () => {
        if (detail?.machine.state === 'expected') showExpected(session.terminal, order, machine, identity)
        else showArmed(session.terminal, order, detail, machine)
      })
    })
}

async function nameOf(bastion: BastionClient, machine: string): Promise<string> {
  const { machine: { name } } = await bastion.machine(machine)
  if (name !== null) return name
  throw new LabctlError('usage', 'name-missing', `${machine} has no name yet, and none was given.`, { nextStep: `labctl provision install ${machine} NAME` })
}

function namedIdentity({ serial, uuid, disk = [] }: InstallOptions): NamedIdentity | undefined {
  if (uuid !== undefined && parseUuid(uuid) === null) throw new LabctlError('usage', 'uuid-invalid', `${uuid} is not a UUID.`, { nextStep: 'Use the form 11111111-2222-3333-4444-555555555555, as dmidecode -s system-uuid prints it.' })
  return serial === undefined && uuid === undefined && disk.length === 0 ? undefined : { ...given({ serial, uuid, disks: disk }) }
}

/** Of a machine that was never seen, no plan can be shown. */
async function isThere(bastion: BastionClient, machine: string): Promise<boolean> {
  if (parseMac(machine) === null) return true
  return bastion.machine(machine).then(({ facts }) => facts !== null, (error: unknown) => {
    if (error instanceof LabctlError && error.code === 'BST_NOT_FOUND') return false
    throw error
  })
}

async function showFirst(session: Session, bastion: BastionClient, machine: string, { role, os, wipe, output }: InstallOptions): Promise<string> {
  const made = planOf(await bastion.plan({ machine, order: 'install', ...given({ role, os, wipe }) }))
  const { facts } = await bastion.machine(machine)
  showPlan(session, output, made, facts)
  await demandYes(session, `Install ${machine}? The plan ${losses(made.plan)}.`, { yes: false, undone: `Nothing was ordered for ${machine}`, nextStep: 'Read the plan; --yes orders without asking.' })
  return made.digest
}
