// Decides whether a machine may start: the host must keep enough memory for itself.
import { readFileSync } from 'node:fs'
import { LabctlError } from '../labctl-error.ts'
import { judgeMemory } from './judge-memory.ts'
import type { MachineSpec } from './machine-spec.ts'

/** Refuses to start a machine that would leave the host too little memory. */
export function refuseTooLittleMemory(spec: MachineSpec): void {
  const because = judgeMemory(spec, availableMib())
  if (because !== null) throw new LabctlError('refused', 'rehearsal-memory', because, { nextStep: 'Stop something else, rehearse fewer machines, or give them less (--memory).' })
}

/** What can still be had without pushing others out, in MiB: the host's MemAvailable, or what the control group leaves where that is less. */
export function availableMib(): number {
  const host = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024
  const group = /^0::(.+)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
  const read = (name: string) => {
    try { return Number(readFileSync(`/sys/fs/cgroup${group ?? ''}/${name}`, 'utf8')) / 2 ** 20 } catch { return Number.NaN }
  }
  const left = read('memory.max') - read('memory.current')
  return Math.floor(Number.isFinite(left) ? Math.min(host, left) : host)
}
