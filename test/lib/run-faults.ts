// Plays faults on machines of a rehearsed network, a few at a time, and compares the verdict that the bastion gives about each.
import type { Test } from 'tap'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import type { MachineWish } from '../../labctl/rehearsal/machine-spec.ts'
import type { Cut, FaultyNetwork, Known } from './stuck-machines.ts'

/** What is in a machine's way, and the verdict that is to be given about it (null: none). `play`: what happens once it is on; left out, the verdict is waited for as anybody would. Where it is given, the machine is off or cut off afterwards, and the verdict is asked for when all have been played, with the clock ahead. */
export interface Fault {
  title: string
  verdict: string | null
  machine: MachineWish
  cuts?: readonly Cut[]
  play?: (network: FaultyNetwork, machine: Machine) => Promise<void>
}

/** How long firmware, kernel and RAM disk may take together: emulated, on a busy host. */
export const bootMs = 900_000
const atOnce = 3
/** Longer than any silence that a verdict waits for. */
const aheadMs = 20 * 60_000

/** Plays them all, and checks each in a subtest of its own. */
export async function runFaults(t: Test, network: FaultyNetwork, faults: readonly Fault[]): Promise<void> {
  const machines = faults.map(({ machine }) => network.rehearsal.addMachine({ processors: 1, ...machine }))
  const ends = new Map<Fault, Known | Error>()
  const waiting = [...faults.keys()]
  const playOne = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [fault, machine] = [faults[next]!, machines[next]!]
      const end = await play(network, fault, machine).catch((error: unknown) => error instanceof Error ? error : new Error(String(error)))
      if (end !== null) ends.set(fault, end)
      t.comment(`${fault.title}: ${end === null ? 'played' : end instanceof Error ? 'failed' : end.verdict?.code}`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, playOne))
  network.putClockAhead(aheadMs)
  for (const [index, fault] of faults.entries()) {
    if (!ends.has(fault)) ends.set(fault, await network.known(machines[index]!))
    await t.test(`${fault.title}: ${fault.verdict ?? 'no verdict'}`, async t => {
      const end = ends.get(fault)!
      if (end instanceof Error) throw end
      t.equal(end.verdict?.code ?? null, fault.verdict, end.timeline.map(({ phase, text }) => `${phase} ${text}`).join('\n'))
      if (end.verdict !== null) t.comment(`${end.verdict.because} ${end.verdict.nextStep}`)
    })
  }
}

/** Null when the verdict is to be asked for later. */
async function play(network: FaultyNetwork, { cuts, play: more, verdict }: Fault, machine: Machine): Promise<Known | null> {
  await network.cut(machine, cuts ?? [])
  await machine.powerOn()
  if (more !== undefined) {
    await more(network, machine)
    return null
  }
  const given = new Set<string>()
  try {
    // A slow machine may have another one first, which goes with its next word.
    return await network.until(machine, `given the verdict ${verdict}`, bootMs, known => {
      if (known.verdict !== null) given.add(known.verdict.code)
      return known.verdict?.code === verdict
    })
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nVerdicts given: ${[...given].join(', ') || 'none'}`, { cause: error })
  } finally {
    await machine.powerOff()
  }
}
