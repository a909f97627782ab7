// CPU time and resident memory of a process and of those that it started, from /proc (proc_pid_stat(5), proc_pid_status(5)).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Ticks of utime and stime: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** What a process used while it was watched; of memory the most at any time. */
export interface Usage { name: string, cpuSeconds: number, residentBytes: number }

/** Starts to watch a process: the function that it gives tells what it and each of its children used since then, itself first. */
export function measureUsage(pid: number): () => Usage[] {
  const before = new Map(familyOf(pid).map(member => [member, cpuSecondsOf(member)]))
  for (const member of before.keys()) writeFileSync(`/proc/${member}/clear_refs`, '5')
  return () => familyOf(pid).map(member => {
    const status = readFileSync(`/proc/${member}/status`, 'utf8')
    return { name: /Name:\s+(\S+)/.exec(status)![1]!, cpuSeconds: cpuSecondsOf(member) - (before.get(member) ?? 0), residentBytes: Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024 }
  })
}

/** The process and its children, and theirs. */
function familyOf(pid: number): number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap(task => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(word => word !== '').map(Number))
  return [pid, ...children.flatMap(familyOf)]
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
