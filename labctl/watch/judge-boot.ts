// Decides which boot an entry of a timeline belongs to, and how long after its start it came, for whoever watches.
import { phases, type TimelineEntry } from '../../protocol/machines.ts'

/** How far the boot that is being watched is. Times in milliseconds since 1970. */
export interface BootClock {
  /** When this boot was first heard of; null before any. */
  startedAt: number | null
  /** A DHCP exchange that may turn out to be the start of the next boot. */
  maybeAt: number | null
  /** The boot's last phase, and when it was reached. */
  phase: string | null
  phaseAt: number | null
  /** Each phase of this boot with the time at which it was first proved, in that order. */
  reached: readonly { phase: string, at: number }[]
}

/** Before anything was seen. */
export const noBoot: BootClock = { startedAt: null, maybeAt: null, phase: null, phaseAt: null, reached: [] }

const firmwarePhases: ReadonlySet<string> = new Set(['tftp', 'dispatched'])
const boundMs = 90_000

/** The clock after `entry`. A boot begins with its first TFTP or dispatch entry after a later phase, counted from the DHCP exchange before it; a waiting machine's lease renewals begin nothing. A first boot from disk goes on with the install's clock. */
export function judgeBoot(clock: BootClock, entry: TimelineEntry): BootClock {
  if (entry.phase === 'dhcp') return { ...clock, maybeAt: clock.maybeAt !== null && entry.at - clock.maybeAt < boundMs ? clock.maybeAt : entry.at }
  const known = (phases as readonly string[]).includes(entry.phase)
  if (!known && !firmwarePhases.has(entry.phase)) return clock
  const begins = clock.startedAt === null || (firmwarePhases.has(entry.phase) && clock.phase !== null && !firmwarePhases.has(clock.phase))
  if (begins) {
    const startedAt = clock.maybeAt !== null && entry.at - clock.maybeAt < boundMs ? clock.maybeAt : entry.at
    return { startedAt, maybeAt: null, phase: entry.phase, phaseAt: entry.at, reached: [{ phase: entry.phase, at: entry.at }] }
  }
  const first = !clock.reached.some(one => one.phase === entry.phase)
  return {
    ...clock, maybeAt: null, phase: entry.phase, phaseAt: entry.phase === clock.phase ? clock.phaseAt : entry.at,
    reached: first ? [...clock.reached, { phase: entry.phase, at: entry.at }] : clock.reached,
  }
}

/** For each phase that a boot reached: how long after the boot's start, and how long after the phase before it, in milliseconds. */
export function judgePhases(clock: BootClock): { phase: string, sinceStartMs: number, tookMs: number }[] {
  const start = clock.startedAt ?? 0
  return clock.reached.map(({ phase, at }, index) => ({ phase, sinceStartMs: at - start, tookMs: at - (clock.reached[index - 1]?.at ?? start) }))
}
