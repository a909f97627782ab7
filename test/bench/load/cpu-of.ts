import { readFileSync, readdirSync } from 'node:fs'

/** CPU time that a process has used, all its threads, in microseconds (proc_pid_schedstat: the first field is nanoseconds). Threads that ended are not in it: ours stay. */
export function cpuMicrosecondsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]), 0) / 1000
}

/** Memory of a process that is in RAM, in bytes. */
export function residentBytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024
}
