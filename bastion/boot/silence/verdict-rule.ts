import type { Boot } from './judge-boots.ts'
import type { Look } from './look.ts'
import type { Word } from './parse-words.ts'
import type { Threshold } from './thresholds.ts'

/** What was seen, arranged: `last` is the newest word that says how far its boot is, `boot` that boot, `system` the newest DHCP word of a RAM disk or an installed system behind `last`. */
export interface Seen extends Look {
  boots: readonly Boot[]
  boot: Boot | null
  last: Word | null
  system: Word | null
}

/** One verdict. `means` and `tries` may name `{ref}`, `{name}`, `{os}`, `{address}`, `{bootPort}`, `{controlPort}`, `{architecture}`, `{file}`. */
export interface VerdictRule {
  code: string
  /** What was seen before the silence, for the table. */
  seen: string
  after: Threshold
  /** What that most probably means. */
  means: string
  /** What to try. */
  tries: string
  /** Until it speaks, others may. */
  yields?: true
  /** What the start before ended with, says the rule that fits that. */
  alike?: true
  /** Since when it is so; null where the rule does not fit. */
  since: (seen: Seen) => number | null
}

/** A rule that fits when the last word is one of these, and more holds. */
export function lastIs(kinds: readonly string[], more: (seen: Seen) => boolean = () => true): VerdictRule['since'] {
  return seen => seen.last !== null && kinds.includes(seen.last.kind) && more(seen) ? seen.last.at : null
}

/** Whether one of these words came in the last boot. */
export function hasWord(seen: Seen, ...kinds: string[]): boolean {
  return seen.boot?.words.some(word => kinds.includes(word.kind)) === true
}

/** The processor architecture that the firmware named (DHCP option 93), the newest of the last boot; null when it named none. */
export function architectureOf(seen: Seen): number | null {
  return seen.boot?.words.findLast(word => word.architecture !== null)?.architecture ?? null
}
