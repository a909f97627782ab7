import type { Machine } from './machine.ts'

/** Looks whether a machine's kernel has panicked, which says nothing more. Multi-threaded TCG now and then runs an instruction that the guest has just patched back ("int3"): a fault of the emulation, ended by the reset button where nothing is under way any more (`settled`). Refuses (throws) every other panic. */
export async function endPanic(machine: Machine, settled: boolean): Promise<void> {
  const text = machine.consoleText()
  if (!text.includes('Kernel panic - not syncing')) return
  if (machine.spec.kind !== 'qemu' || machine.spec.accelerator !== 'tcg' || !text.includes('Oops: int3') || !settled) throw new Error(`the kernel of ${machine.name} panicked. The last lines of its console:\n${machine.consoleTail(30)}`)
  await machine.reset()
}
