import { execa, type Options } from 'execa'
import { BastionError, systemCode } from './bastion-error.ts'

/** Runs a program to its end, without a shell, and gives what it printed. Refuses a missing program (`BST_PROGRAM_MISSING`, with what to install), a non-zero exit or a time-out (`BST_PROGRAM_FAILED`, with the last lines it printed). */
export async function runProgram(
  file: string,
  args: readonly string[],
  options: { timeoutMs: number, package?: string, input?: string, env?: Record<string, string>, cwd?: string },
): Promise<{ stdout: string, stderr: string }> {
  const settings = {
    timeout: options.timeoutMs, forceKillAfterDelay: 5000, stripFinalNewline: true, preferLocal: false,
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  } satisfies Options
  try {
    const { stdout, stderr } = await execa(file, args, settings)
    return { stdout: String(stdout ?? ''), stderr: String(stderr ?? '') }
  } catch (cause) {
    throw programError(file, options.package ?? file, cause)
  }
}

/** The `BastionError` for what execa threw about `file`, which the distribution's `packageName` brings. */
export function programError(file: string, packageName: string, cause: unknown): BastionError {
  const error = cause as { shortMessage?: string, stderr?: string, stdout?: string, timedOut?: boolean, cause?: unknown }
  if (systemCode(cause) === 'ENOENT' || systemCode(error.cause) === 'ENOENT') {
    return new BastionError('BST_PROGRAM_MISSING', `The program ${file} is not installed.`, { cause, nextStep: `apt-get install ${packageName}` })
  }
  const last = `${error.stdout ?? ''}\n${error.stderr ?? ''}`.trim().split('\n').slice(-8).join('\n')
  return new BastionError('BST_PROGRAM_FAILED', `${error.shortMessage ?? String(cause)}${last === '' ? '' : `\n${last}`}`, { cause })
}
