import type { MachineSpec } from './machine-spec.ts'

const keepMib = 512
const overheadMib = 160

/** Why a machine must not start on a host with `availableMib` MiB to give; null when it may. QEMU itself takes up to 160 MiB beside the guest's memory, and 512 MiB are left for everything else. */
export function judgeMemory(spec: Pick<MachineSpec, 'name' | 'memoryMib'>, availableMib: number): string | null {
  const wanted = spec.memoryMib + overheadMib + keepMib
  if (availableMib >= wanted) return null
  return `${spec.name} is not started: it needs ${wanted} MiB of free memory (${spec.memoryMib} for itself, ${overheadMib} for what runs it, ${keepMib} kept free), and ${availableMib} MiB are available.`
}
