import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LabctlError } from '../labctl-error.ts'
import { cacheDirectory } from '../rehearsal/state-folder.ts'

/** How the bastion's program is started: a file and the arguments before its own. */
export interface BastionProgram { file: string, args: readonly string[] }

/** What a bastion that stays is started with. One malloc arena spares it 10 MB resident (mallopt(3)); a compile cache (node:module) in the user's own cache folder spares it the type stripper, 10 MB more and half a second at each start but the first. A small young generation of the heap spares it 40 MB while a rack starts, and costs nothing that can be measured (`bench -- storm`). */
export function bastionEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const options = [...env['NODE_OPTIONS'] === undefined ? [] : [env['NODE_OPTIONS']], '--max-semi-space-size=4']
  return { MALLOC_ARENA_MAX: '1', NODE_COMPILE_CACHE: join(cacheDirectory(env), 'compile'), NODE_OPTIONS: options.join(' ') }
}

/** The bastion's program: the one beside this labctl, else `labctl-bastion` on the PATH. */
export function findBastionProgram(): BastionProgram {
  const beside = fileURLToPath(new URL('../../bastion/main.ts', import.meta.url))
  return existsSync(beside) ? { file: process.execPath, args: [beside] } : { file: 'labctl-bastion', args: [] }
}

const endsWithinMs = 120_000

/** Runs the bastion's program to its end and gives what it printed. Refuses a missing program and one that fails (`failed`; `usage` where it blames its configuration), with what it said. */
export async function runBastionProgram(program: BastionProgram, args: readonly string[], withinMs = endsWithinMs): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program.file, [...program.args, ...args], { timeout: withinMs })
    return stdout
  } catch (cause) {
    const error = cause as { code?: unknown, killed?: boolean, stderr?: string, stdout?: string, message: string }
    if (error.code === 'ENOENT') throw new LabctlError('failed', 'program-missing', `The program ${program.file} is not installed on this host.`, { cause, nextStep: 'Install the package labctl-bastion.' })
    if (error.killed === true) throw new LabctlError('failed', 'program-failed', `labctl-bastion ${args[0] ?? ''} had not ended after ${withinMs / 1000} s.`, { cause, nextStep: 'This host is most probably overloaded (uptime says so); try again.' })
    const said = `${error.stderr ?? ''}`.trim() || `${error.stdout ?? ''}`.trim() || error.message
    throw new LabctlError(error.code === 2 ? 'usage' : 'failed', 'program-failed', `labctl-bastion ${args[0] ?? ''} failed:\n${said}`, { cause })
  }
}
