import { execa } from 'execa'
import { BastionError, systemCode } from './bastion-error.ts'

/** Runs a long program, without a shell, handing on each line that it prints. It ends with this process, however this process ends (`setpriv --pdeathsig`); `signal` and the time-out end it with all its children at once. `apart`: in mount and process namespaces of its own (needs root), so that its mounts end with it too. Refuses a missing program (`BST_PROGRAM_MISSING`), failure or time-out (`BST_PROGRAM_FAILED`, with the last lines), an interruption (`BST_STOPPING`). */
export async function runLines(file: string, args: readonly string[], options: {
  timeoutMs: number, package: string, onLine: (line: string) => void, signal?: AbortSignal | undefined, env?: Record<string, string>, apart?: boolean,
}): Promise<void> {
  const isAborted = () => options.signal?.aborted === true
  const interrupted = new BastionError('BST_STOPPING', `${file} was interrupted.`, { nextStep: 'Run the same command again: it goes on with what was downloaded.' })
  if (isAborted()) throw interrupted
  // A session of its own (setsid): mmdebstrap ends its whole process group when it fails, and we end it as a group.
  const apart = options.apart === true ? ['unshare', '--mount', '--propagation', 'private', '--pid', '--fork', '--mount-proc', '--kill-child=KILL', '--'] : []
  const child = execa('setpriv', ['--pdeathsig', 'KILL', '--', 'setsid', ...apart, file, ...args], {
    stdin: 'ignore', all: true, buffer: false, reject: false, preferLocal: false, ...(options.env === undefined ? {} : { env: options.env }),
  })
  const end = () => {
    for (const target of [-(child.pid ?? 0), child.pid ?? 0]) try { if (target !== 0) process.kill(target, 'SIGKILL') } catch { /* gone already, or not yet a group */ }
  }
  let timedOut = false
  const timer = setTimeout(() => { timedOut = true; end() }, options.timeoutMs)
  options.signal?.addEventListener('abort', end, { once: true })
  const last: string[] = []
  try {
    for await (const line of child.iterable({ from: 'all' })) {
      last.push(line)
      if (last.length > 15) last.shift()
      options.onLine(line)
    }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', end)
  }
  const result = await child
  if (isAborted()) throw interrupted
  if (!result.failed) return
  // setpriv(1), setsid(1) and unshare(1) end with 127 where the program isn't there.
  if (result.exitCode === 127 || systemCode(result.cause) === 'ENOENT') throw new BastionError('BST_PROGRAM_MISSING', `The program ${file} is not installed.`, { nextStep: `apt-get install ${options.package}` })
  if (last.some(line => line.includes('No space left on device'))) throw new BastionError('BST_DISK_FULL', `${file} found no space left on the disk.\n${last.slice(-3).join('\n')}`, { nextStep: 'Free a few GB where the build works and run it again.' })
  throw new BastionError('BST_PROGRAM_FAILED', `${file} ${timedOut ? `took longer than ${options.timeoutMs / 1000} s` : `ended with exit code ${result.exitCode ?? result.signal}`}.\n${last.join('\n')}`)
}
