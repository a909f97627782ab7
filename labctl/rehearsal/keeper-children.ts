// The keeper's children: started with a log file, ended with a deadline.
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { once } from 'node:events'
import type { ChildEnd, ChildSpec } from './keeper-requests.ts'

/** What runs inside, by name. */
export interface Children {
  leashed: boolean
  start: (spec: ChildSpec) => Promise<{ pid: number }>
  ended: (name: string) => Promise<ChildEnd | null>
  signal: (name: string, signal: NodeJS.Signals) => boolean
  running: () => string[]
  /** SIGTERM to all, and SIGKILL to those that are still there after `deadlineMs`. */
  stopAll: (deadlineMs: number) => Promise<void>
}

/** A table of children, run in `directory`. */
export function serveChildren(directory: string): Children {
  const table = new Map<string, { child: ChildProcess, end: Promise<ChildEnd> }>()
  return {
    leashed: false,
    async start(spec) {
      if (table.has(spec.name)) throw new Error(`${spec.name} is running already`)
      const out = openSync(spec.log, 'a', 0o600)
      try {
        const child = spawn(spec.file, [...spec.args], { cwd: directory, env: { ...process.env, ...spec.env }, stdio: ['ignore', out, out] })
        const end = new Promise<ChildEnd>(resolve => { child.once('exit', (exitCode, signal) => { table.delete(spec.name); resolve({ exitCode, signal }) }) })
        table.set(spec.name, { child, end })
        try { await once(child, 'spawn') } catch (error) {
          table.delete(spec.name)
          throw error
        }
        return { pid: child.pid! }
      } finally {
        closeSync(out)
      }
    },
    async ended(name) { return await (table.get(name)?.end ?? null) },
    signal(name, signal) { return table.get(name)?.child.kill(signal) ?? false },
    running: () => [...table.keys()],
    async stopAll(deadlineMs) {
      const all = [...table.values()]
      for (const { child } of all) child.kill('SIGTERM')
      const late = setTimeout(() => { for (const { child } of all) child.kill('SIGKILL') }, deadlineMs)
      await Promise.all(all.map(async ({ end }) => await end))
      clearTimeout(late)
    },
  }
}
