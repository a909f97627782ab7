// Keeps dnsmasq's leases where they outlive a power cut. dnsmasq writes and syncs its whole lease file for each lease (lease.c, lease_update_file), which a disk does 60 to 90 times a second: so it writes into memory where there is a folder for that, and what it wrote is copied once a second.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { systemCode } from '../platform/bastion-error.ts'
import type { Journal } from '../platform/journal.ts'
import { writeAtomically } from '../platform/write-atomically.ts'
import type { Leases } from './leases.ts'

/** `live`: the file that dnsmasq writes. `kept`: its copy on disk; the same path where nothing is kept in memory. */
export interface LeaseFiles { live: string, kept: string }

const everyMs = 1000

/** Puts the kept leases in the place of live ones that a restart of the host took, or that are older (dnsmasq once ran without memory for them), before anybody asks for them or dnsmasq starts. */
export function restoreLeases({ live, kept }: LeaseFiles): void {
  if (live === kept) return
  mkdirSync(dirname(live), { recursive: true, mode: 0o700 })
  const [liveAt, keptAt] = [live, kept].map(path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity) as [number, number]
  // A copy is up to a second younger than what it was made of.
  if (keptAt > liveAt + 10 * everyMs) writeAtomically(live, readFileSync(kept), 0o600)
}

/** Copies them from now on; what it gives ends that, with a last copy. A power cut takes the leases of the last second at most: dnsmasq, which is authoritative here, gives their machines the same addresses when they ask again. */
export function keepLeases({ live, kept }: LeaseFiles, leases: Leases, journal: Journal): () => void {
  if (live === kept) return () => {}
  let last = readIfThere(kept)
  let failing = false
  const copy = (): void => {
    try {
      const text = leases.whole()
      // A file that somebody took away says nothing of leases.
      if (text === last || !existsSync(live)) return
      writeAtomically(kept, Buffer.from(text, 'latin1'), 0o600)
      last = text
      failing = false
    } catch (cause) {
      if (!failing) journal.error({ err: cause }, `The leases could not be copied to ${kept}: a restart of this host would forget those since. Free space there, or look at the disk.`)
      failing = true
    }
  }
  const timer = setInterval(copy, everyMs)
  return () => {
    clearInterval(timer)
    copy()
  }
}

function readIfThere(path: string): string {
  try { return readFileSync(path, 'latin1') } catch (error) {
    if (systemCode(error) === 'ENOENT') return ''
    throw error
  }
}
