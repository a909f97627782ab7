import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { cpuMicrosecondsOf, residentBytesOf } from '../load/cpu-of.ts'

const program = fileURLToPath(new URL('fetch-files.pl', import.meta.url))

/** What fetching cost the server. */
export interface Served { megabytesPerSecond: number, cpuSecondsPerGb: number, residentBytes: number }

/** So many machines fetch a path from a server, each so many times. CPU time and memory are of the server's process and of those that it started. */
export async function fetchFiles(server: { pid: number, port: number }, path: string, machines: number, times: number): Promise<Served> {
  const before = familyOf(server.pid).reduce((sum, pid) => sum + cpuMicrosecondsOf(pid), 0)
  const child = spawn('perl', [program, ...[server.port, path, machines, times].map(String)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = text(child.stdout)
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`The machines that fetch ${path} ended with ${code}.`)
  const [seconds = 0, bytes = 0] = (await output).split(' ').map(Number)
  const family = familyOf(server.pid)
  const cpuSeconds = (family.reduce((sum, pid) => sum + cpuMicrosecondsOf(pid), 0) - before) / 1e6
  return { megabytesPerSecond: bytes / 1e6 / seconds, cpuSecondsPerGb: cpuSeconds / (bytes / 1e9), residentBytes: family.reduce((sum, pid) => sum + residentBytesOf(pid), 0) }
}

/** A process and those that it started (proc_pid_task(5): children). */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(word => word !== '').map(Number))
  return [pid, ...children.flatMap(familyOf)]
}

/** Machines that fetch a path again and again; gives a function that ends them. They stand for other computers: whatever runs here on their behalf gives way. */
export function keepFetching(port: number, path: string, machines: number): () => Promise<void> {
  // In a process group of its own, so that the machines end with the program.
  const child = spawn('nice', ['-n', '19', 'perl', program, ...[port, path, machines, 0].map(String)], { stdio: 'ignore', detached: true })
  return async () => {
    process.kill(-child.pid!, 'SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}
