import { Command, InvalidArgumentError, Option } from 'commander'
import { rehearsalVerbs } from './rehearse-verbs.ts'
import { rehearseUp, type UpOptions } from './rehearse-up.ts'
import type { Session } from '../session.ts'

/** `labctl rehearse`: the whole thing with virtual machines, in a network of its own. */
export function rehearseCommand(session: Session): Command {
  const rehearse = new Command('rehearse').description('try it all with virtual machines, in an isolated network on this host')
  const starts = [
    { verb: 'cycle', text: 'everything once: network boot, discovery, order, install, boot from disk; then down', does: (options: UpOptions) => rehearseUp(session, options, 'cycle') },
    { verb: 'up', text: 'start the network, the bastion and the machines, and leave them running', does: (options: UpOptions) => rehearseUp(session, options, 'up') },
  ]
  for (const { verb, text, does } of starts) {
    const start = withState(new Command(verb).description(text))
    start.addOption(new Option('--machine <kind>', 'qemu: real firmware; uml: User-Mode Linux, the same RAM disk in seconds, without firmware').choices(['qemu', 'uml']).default('qemu'))
      .addOption(new Option('--firmware <kind>', 'of QEMU machines').choices(['bios', 'uefi']).default('bios'))
      .addOption(new Option('--boot <way>', 'pxe: TFTP; http: UEFI HTTP boot, with PXE switched off in the firmware').choices(['pxe', 'http']).default('pxe'))
      .addOption(new Option('--dhcp <mode>', 'server: the bastion leases addresses; proxy: another DHCP server does, and the bastion says what to boot').choices(['server', 'proxy']).default('server'))
    start.addOption(new Option('--machines <count>', 'how many').argParser(parseNumber(1, 16)).default(1))
      .addOption(new Option('--disks <count>', 'of each machine: the first of 32 GiB, the others of 8').argParser(parseNumber(1, 8)).default(1))
      .addOption(new Option('--memory <MiB>', 'memory of each machine').argParser(parseNumber(256, 1_048_576)))
      .option('--role <role>', 'role to install').option('--os <name>', 'operating system to install', 'debian-13')
      .option('--keep', 'leave everything running at the end (labctl rehearse down ends it)')
      .action(async (options: UpOptions) => { await does(options) })
    if (verb === 'cycle') start.option('--reprovision', 'then files on the data volumes, labctl provision reprovision, and the files again')
    rehearse.addCommand(start)
  }
  for (const command of rehearsalVerbs(session)) rehearse.addCommand(withState(command))
  return rehearse
}

function withState(command: Command): Command {
  return command.option('--state <folder>', 'folder of the rehearsal (/var/tmp/labctl-rehearsal-UID); one rehearsal per folder')
}

function parseNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (!Number.isInteger(value) || value < least || value > most) throw new InvalidArgumentError(`Wanted is a whole number from ${least} to ${most}.`)
    return value
  }
}
