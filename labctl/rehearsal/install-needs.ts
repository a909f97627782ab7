// Installs what is missing: the only thing that a rehearsal ever needs root for.
import { execa } from 'execa'
import { LabctlError } from '../labctl-error.ts'
import type { Session } from '../session.ts'
import type { MachineSpec } from './machine-spec.ts'
import { missingNeeds, rehearsalNeeds } from './rehearsal-needs.ts'

/** Sees to it that the host has what a rehearsal needs. Packages are installed by apt-get, through sudo for an ordinary user, and only when something is missing. Refuses a host without apt-get, and one where installing fails. */
export async function installNeeds(session: Session, wish: { kind: MachineSpec['kind'], firmware: MachineSpec['firmware'] }): Promise<void> {
  const root = process.getuid!() === 0
  const needs = rehearsalNeeds({ ...wish, root })
  const missing = missingNeeds(needs, session.env['PATH'] ?? '')
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(need => need.package))].sort()
  const command = [...root ? [] : ['sudo'], 'apt-get', 'install', '--yes', '--no-install-recommends', ...packages]
  session.terminal.line(`This host lacks ${missing.map(need => need.part).join(', ')}. Installing (once): ${command.join(' ')}`)
  const run = async (words: string[]) => {
    const [file = '', ...args] = words
    const { exitCode } = await execa(file, args, { reject: false, stdin: 'inherit', stdout: 'ignore', stderr: 'inherit', env: { DEBIAN_FRONTEND: 'noninteractive' }, timeout: 1_800_000, cancelSignal: session.signal, forceKillAfterDelay: 5000 })
    return exitCode === 0
  }
  // The lists may be missing on a fresh host, and old on another.
  await run([...root ? [] : ['sudo'], 'apt-get', 'update', '--quiet=2'])
  const done = await run(command)
  const still = missingNeeds(needs, session.env['PATH'] ?? '')
  if (!done || still.length > 0) {
    throw new LabctlError('failed', 'rehearsal-needs', `A rehearsal needs ${[...still, ...done ? [] : missing].map(need => `${need.part} (package ${need.package})`).join(', ')}, and it could not be installed.`, { nextStep: `Install it by hand: ${command.join(' ')}` })
  }
}
