// What doctor knows of a bastion's own things on a host: folders, builds, clock, and what it says of itself.
import type { PreflightCheck } from '../../protocol/preflight.ts'

/** A folder that the bastion writes to. `made`: false while only the folder above it is there. */
export interface FolderFact { name: string, path: string, writable: boolean, made: boolean, owner: string | null }
/** The clock, and the newest thing on this host that has a time: the clock can't be before it. `synchronized`: null where nobody knows. */
export interface ClockFact { nowMs: number, newestMs: number, newest: string, synchronized: boolean | null }

/** Everything about a bastion that has a configuration on this host; all of it is empty without one. */
export interface ServiceFacts {
  folders: FolderFact[]
  clock: ClockFact
  /** Files of builds that their manifest lists, and that are not there or have another size. */
  damaged: { build: string, file: string }[]
  /** What the bastion's own program says; null where there is no configuration. */
  preflight: PreflightCheck[] | null
  /** Parts that are not well, of a bastion that answers. */
  failing: { name: string, because: string }[]
  /** The log of a standalone bastion that was started here and runs no more, with its last words; null otherwise. */
  ended: { log: string, words: string } | null
}
