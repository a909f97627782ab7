// What a rehearsal may leave on a host: looked for after it has ended.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processes whose command line or working folder names `directory`, this one aside. */
export function processesOf(directory: string): string[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap(pid => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
      return line.includes(directory) ? [`${pid} ${line}`] : []
    } catch { return [] }
  })
}

/** Everything that is left of a rehearsal in `directory`: processes, its folder, mounts below it, network interfaces of rehearsals in this namespace. */
export function tracesOf(directory: string): string[] {
  return [
    ...processesOf(directory),
    ...existsSync(directory) ? [`${directory}: ${readdirSync(directory).join(' ')}`] : [],
    ...readFileSync('/proc/self/mounts', 'utf8').split('\n').filter(line => line.includes(directory) || line.includes('rehearsal-run')),
    ...readdirSync('/sys/class/net').filter(name => name.startsWith('rehearsal') || name.startsWith('rhl-')),
  ]
}

/** What is left when `deadlineMs` has passed; comes back as soon as nothing is. */
export async function tracesAfter(directory: string, deadlineMs: number): Promise<string[]> {
  const until = Date.now() + deadlineMs
  while (tracesOf(directory).length > 0 && Date.now() < until) await sleep(50)
  return tracesOf(directory)
}
