// Drives a rehearsal's machines to where they are wanted, with a display; running it again does what is left.
import type { Session } from '../session.ts'
import { followMachine, type Wanted } from './follow-machine.ts'
import type { Step } from './judge-steps.ts'
import type { Machine } from './machine.ts'
import type { MachineSpec } from './machine-spec.ts'
import type { Rehearsal } from './rehearsal.ts'
import { renderDurations, showProgress } from './show-progress.ts'

/** What the command line asks for. */
export interface CycleWish { kind: MachineSpec['kind'], firmware: MachineSpec['firmware'], machines: number, disks: number, memoryMib: number | undefined, role: string | undefined, os: string | undefined }

/** How long a machine may take, in milliseconds: generous, emulation on a busy host is slow. */
export const deadlineMs = { qemu: 30 * 60_000, uml: 10 * 60_000 } as const

/** Sees to it that there are as many machines as wished. */
export function addMachines(rehearsal: Rehearsal, wish: CycleWish): void {
  while (rehearsal.machines.length < wish.machines) rehearsal.addMachine({ kind: wish.kind, firmware: wish.firmware, disks: Array.from({ length: wish.disks }, (_, at) => ({ sizeGib: at === 0 ? 32 : 8 })), ...wish.memoryMib === undefined ? {} : { memoryMib: wish.memoryMib } })
}

/** Powers all machines on and brings each to its own disk, all at once; prints how long each step took. Refuses, with the first reason, when one does not get there. */
export async function applyRehearsal(session: Session, rehearsal: Rehearsal, wish: Pick<CycleWish, 'role' | 'os'>): Promise<void> {
  const { machines } = rehearsal
  const display = showProgress(session.terminal, machines.map(machine => machine.name))
  const client = rehearsal.client(session.signal)
  const results: { name: string, startedAt: number, steps: Step[] }[] = []
  const one = async (machine: Machine, index: number) => {
    await machine.powerOn()
    const startedAt = machine.poweredAt
    const wanted: Wanted = {
      goal: 'install',
      install: { name: `worker-${index + 1}`, ...wish.role === undefined ? {} : { role: wish.role }, ...wish.os === undefined ? {} : { os: wish.os } },
      deadlineMs: deadlineMs[machine.spec.kind],
    }
    const steps = await followMachine(client, machine, wanted, progress => { display.tell(machine.name, startedAt, progress) })
    results[index] = { name: machine.name, startedAt, steps }
  }
  try {
    const ends = await Promise.allSettled(machines.map(one))
    const wrong = ends.find(end => end.status === 'rejected')
    if (wrong !== undefined) throw wrong.reason
  } finally {
    display.stop()
  }
  session.terminal.print(renderDurations(results, session.terminal.color))
}
