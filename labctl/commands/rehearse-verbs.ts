// What can be done with a rehearsal that is up.
import { Command, InvalidArgumentError } from 'commander'
import { LabctlError } from '../labctl-error.ts'
import { attachConsole } from '../rehearsal/attach-console.ts'
import { loginPrompt } from '../rehearsal/console-log.ts'
import type { Machine } from '../rehearsal/machine.ts'
import { pruneRehearsals } from '../rehearsal/prune-rehearsals.ts'
import type { Rehearsal } from '../rehearsal/rehearsal.ts'
import { applyRehearsal } from '../rehearsal/run-cycle.ts'
import { endRehearsal, openRehearsal } from '../rehearsal/start-rehearsal.ts'
import type { Session } from '../session.ts'
import { tellEvidence } from './rehearse-up.ts'

interface StateOption { state?: string }

/** `apply`, `reboot`, `pull`, `assert`, `console`, `env`, `down`, `prune`. */
export function rehearsalVerbs(session: Session): Command[] {
  const { terminal } = session
  const within = async (options: StateOption, does: (rehearsal: Rehearsal) => Promise<void>) => {
    const rehearsal = await openRehearsal(options.state)
    try { await does(rehearsal) } finally { rehearsal.keeper.close() }
  }
  return [
    new Command('apply').description('bring every machine to its own disk; does only what is left').option('--role <role>', 'role to install').option('--os <name>', 'operating system to install')
      .action(async (options: StateOption & { role?: string, os?: string }) => { await within(options, rehearsal => applyRehearsal(session, rehearsal, { role: options.role, os: options.os })) }),
    new Command('reboot').description('press a machine’s reset button and wait for its login prompt').argument('[machine]', 'its name').action(async (name: string | undefined, options: StateOption) => {
      await within(options, async rehearsal => {
        const machine = pick(rehearsal, name)
        const mark = machine.mark()
        await machine.reset()
        await machine.waitForConsole(loginPrompt, 600_000, mark)
        terminal.line(`${machine.name} shows its login prompt again.`)
      })
    }),
    new Command('pull').description('take a disk out of a machine, or put it back; the machine is switched off for it, and on again').argument('<disk>', 'which, from 0', parseDisk).argument('[machine]', 'its name').option('--back', 'put it back')
      .action(async (disk: number, name: string | undefined, options: StateOption & { back?: true }) => {
        await within(options, async rehearsal => {
          const machine = pick(rehearsal, name)
          if (machine.spec.disks[disk] === undefined) throw new LabctlError('not-found', 'rehearsal-machine', `${machine.name} has no disk ${disk}.`, { nextStep: `It has ${machine.spec.disks.length}, counted from 0.` })
          for (const { serial, checksum } of await machine.pullDisk(disk, options.back === true)) terminal.line(`${machine.name}, disk ${serial}: checksum ${checksum}`)
          terminal.line(`${machine.name} is on again, ${options.back === true ? 'with' : 'without'} disk ${machine.spec.disks[disk].serial}, and boots from the network.`)
        })
      }),
    new Command('assert').description('fail unless every machine has booted from its own disk').action(async (options: StateOption) => {
      await within(options, async rehearsal => {
        const wrong = await findUnready(rehearsal, session.signal)
        if (wrong.length === 0) return terminal.line([{ text: 'Good', tone: 'good' }, `: ${rehearsal.machines.length} machine(s) are where they should be.`])
        await tellEvidence(session, rehearsal)
        throw new LabctlError('failed', 'rehearsal-assert', `Not where they should be:\n${wrong.join('\n')}`, { nextStep: 'labctl rehearse apply' })
      })
    }),
    new Command('console').description('join a machine’s serial console; Ctrl-] leaves').argument('[machine]', 'its name').action(async (name: string | undefined, options: StateOption) => {
      await within(options, async rehearsal => {
        const machine = pick(rehearsal, name)
        terminal.note(`Console of ${machine.name}; Ctrl-] leaves.`)
        await attachConsole(machine.files.consoleSocket, process.stdin, process.stdout, session.signal)
      })
    }),
    new Command('env').description('print what points labctl at the rehearsal’s bastion, for eval in a shell').action(async (options: StateOption) => {
      await within(options, async rehearsal => { for (const [key, value] of Object.entries(rehearsal.environment())) terminal.print(`export ${key}='${value}'`) })
    }),
    new Command('down').description('end the rehearsal; nothing of it is left').action(async (options: StateOption) => {
      terminal.line(await endRehearsal(options.state) ? 'The rehearsal is down; nothing of it is left.' : 'There was no rehearsal.')
    }),
    new Command('prune').description('remove what ended rehearsals left: their folders and kept logs').option('--cache', 'also the RAM disk, root images and User-Mode Linux that rehearsals share')
      .action(async (options: StateOption & { cache?: true }) => {
        for (const removed of await pruneRehearsals(session.env, { cache: options.cache === true, ...options.state === undefined ? {} : { directory: options.state } })) terminal.line(`Removed ${removed}`)
      }),
  ]
}

function parseDisk(text: string): number {
  if (!/^\d$/.test(text)) throw new InvalidArgumentError('Wanted is a whole number from 0 to 9.')
  return Number(text)
}

function pick(rehearsal: Rehearsal, name: string | undefined): Machine {
  const found = name === undefined ? rehearsal.machines[0] : rehearsal.machines.find(machine => machine.name === name)
  if (found !== undefined) return found
  throw new LabctlError('not-found', 'rehearsal-machine', name === undefined ? 'The rehearsal has no machine.' : `The rehearsal has no machine ${name}.`, { nextStep: `There are: ${rehearsal.machines.map(machine => machine.name).join(', ') || 'none'}.` })
}

async function findUnready(rehearsal: Rehearsal, signal: AbortSignal): Promise<string[]> {
  const wrong: string[] = []
  for (const machine of rehearsal.machines) {
    const detail = await rehearsal.client(signal).machine(machine.mac).catch(() => null)
    const order = detail?.machine.order ?? null
    if (detail?.facts == null) wrong.push(`${machine.name} is not discovered`)
    else if (order?.state !== 'done' || order.phase !== 'first-boot') wrong.push(`${machine.name} has not booted from its own disk: its order is ${order === null ? 'missing' : `${order.state}, at ${order.phase ?? 'nothing'}`}`)
    else if (!await machine.isOn()) wrong.push(`${machine.name} is off`)
  }
  return wrong
}
