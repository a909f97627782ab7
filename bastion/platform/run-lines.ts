import { execa } from 'execa'
import { BastionError, systemCode } from './bastion-error.ts'

/** Runs a long program, without a shell, handing on each line that it prints. It ends with this process, however this process ends (`setpriv --pdeathsig`), and with `signal` by SIGTERM, half a minute later by SIGKILL. `apart`: in mount and process namespaces of its own (needs root), so that its mounts and all its children end with it, at once. Refuses a missing program (`BST_PROGRAM_MISSING`), failure or time-out (`BST_PROGRAM_FAILED`, with the last lines). */
export async function runLines(file: string, args: readonly string[], options: {
  timeoutMs: number, package: string, onLine: (line: string) => void, signal?: AbortSignal | undefined, env?: Record<string, string>, apart?: boolean,
}): Promise<void> {
  const apart = options.apart === true
  const before = apart ? ['--pdeathsig', 'KILL', '--', 'unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--'] : ['--pdeathsig', 'TERM', '--']
  const child = execa('setpriv', [...before, file, ...args], {
    stdin: 'ignore', all: true, buffer: false, reject: false, preferLocal: false, timeout: options.timeoutMs, forceKillAfterDelay: 30_000, ...(apart ? { killSignal: 'SIGKILL' as const } : {}),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  const last: string[] = []
  for await (const line of child.iterable({ from: 'all' })) {
    last.push(line)
    if (last.length > 15) last.shift()
    options.onLine(line)
  }
  const result = await child
  if (result.isCanceled) throw new BastionError('BST_STOPPING', `${file} was interrupted.`, { nextStep: 'Run the same command again: it goes on with what was downloaded.' })
  if (!result.failed) return
  // setpriv(1) ends with 127 where the program isn't there.
  if (result.exitCode === 127 || systemCode(result.cause) === 'ENOENT') throw new BastionError('BST_PROGRAM_MISSING', `The program ${file} is not installed.`, { nextStep: `apt-get install ${options.package}` })
  if (last.some(line => line.includes('No space left on device'))) throw new BastionError('BST_DISK_FULL', `${file} found no space left on the disk.\n${last.slice(-3).join('\n')}`, { nextStep: 'Free a few GB where the build works and run it again.' })
  throw new BastionError('BST_PROGRAM_FAILED', `${file} ${result.timedOut ? `took longer than ${options.timeoutMs / 1000} s` : `ended with exit code ${result.exitCode ?? result.signal}`}.\n${last.join('\n')}`)
}
