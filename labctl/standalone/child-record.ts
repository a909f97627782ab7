import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type, type Static } from 'typebox'
import { parseStartTicks } from './parse-start-ticks.ts'
import { bastionEnvironment } from './bastion-program.ts'

/** A process that labctl left running, so that it is found again, and never mistaken for another with its id. */
export const ChildRecordSchema = Type.Object({ pid: Type.Integer(), startTicks: Type.Integer() })
export type ChildRecord = Static<typeof ChildRecordSchema>

/** Starts a program in a session of its own that outlives labctl; both its outputs are appended to `log` (mode 0600). Gives null when it could not even be started. */
export async function startDetached(file: string, args: readonly string[], log: string): Promise<ChildRecord | null> {
  const output = openSync(log, 'a', 0o600)
  try {
    const child = spawn(file, args, { detached: true, stdio: ['ignore', output, output], env: { ...process.env, ...bastionEnvironment(process.env) } })
    await new Promise<void>((resolve, reject) => { child.once('spawn', resolve); child.once('error', reject) })
    child.unref()
    const startTicks = child.pid === undefined ? null : readStart(child.pid)
    return startTicks === null ? null : { pid: child.pid!, startTicks }
  } finally {
    closeSync(output)
  }
}

/** Whether that very process still runs. */
export function isRunning(child: ChildRecord | null): boolean {
  return child !== null && readStart(child.pid) === child.startTicks
}

/** Ends a process: SIGTERM, and SIGKILL when it still runs after `deadlineMs`. Says how it went. */
export async function stopChild(child: ChildRecord | null, deadlineMs: number): Promise<'was-not-running' | 'stopped' | 'killed'> {
  if (child === null || !isRunning(child)) return 'was-not-running'
  process.kill(child.pid, 'SIGTERM')
  for (const until = Date.now() + deadlineMs; Date.now() < until; await sleep(50)) if (!isRunning(child)) return 'stopped'
  if (!isRunning(child)) return 'stopped'
  process.kill(child.pid, 'SIGKILL')
  while (isRunning(child)) await sleep(20)
  return 'killed'
}

function readStart(pid: number): number | null {
  try { return parseStartTicks(readFileSync(`/proc/${pid}/stat`, 'utf8')) } catch { return null }
}
