// CPU time and resident memory of another process, from /proc (proc_pid_stat(5), proc_pid_status(5)).
import { readFileSync, writeFileSync } from 'node:fs'

/** Ticks of utime and stime: USER_HZ is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100

/** A process that is being watched. */
export interface ProcessWatch { stop: () => { cpuSeconds: number, residentBytes: number } }

/** Starts to watch: `stop` gives the CPU time used since then, and the most memory that was resident. */
export function watchProcess(pid: number): ProcessWatch {
  const before = cpuSecondsOf(pid)
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
  return { stop: () => ({ cpuSeconds: cpuSecondsOf(pid) - before, residentBytes: Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024 }) }
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}
