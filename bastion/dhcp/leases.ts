// Answers who holds which address, from dnsmasq's lease file: dnsmasq writes it before it sends its acknowledgement.
import { readFileSync, statSync } from 'node:fs'
import { systemCode } from '../platform/bastion-error.ts'
import { findLeases, parseLeases, type Lease } from './parse-leases.ts'

/** How long after a change the file is read again at each question, in milliseconds: two changes may carry one time stamp, and dnsmasq writes it in place. */
const unsettledMs = 200
/** How often a file is looked at again that dnsmasq is just writing anew, a moment apart. */
const mostLooks = 100
/** How often a no is asked again while the file changes, a moment apart: dnsmasq writes the leases of a thousand machines in a third of a millisecond. */
const mostDoubts = 5
/** dnsmasq writes through the C library's buffer, which has the file system's block size: what is half written has a multiple of it (stdio of glibc and musl, st_blksize of stat(2)). */
const blockBytes = 1024

/** The leases that dnsmasq has given. Reading is cheap: the file is read again only when it has changed, and searched, not parsed. `owned` is false where the bastion leases nothing; then no question about leases means anything. */
export class Leases {
  readonly owned: boolean
  readonly #path: string | null
  #seen = ''
  #text = ''
  /** What it said when it was whole last: dnsmasq empties it and writes it anew (lease.c, lease_update_file). */
  #whole = ''

  /** `path`: dnsmasq's lease file, which need not exist yet; null where the bastion does no DHCP. */
  constructor(path: string | null) {
    this.#path = path
    this.owned = path !== null
  }

  /** Whether the address is leased, at `now` (milliseconds since 1970), to one of the MACs. */
  holds(address: string, macs: readonly string[], now: number): boolean {
    // A read beside a write may have the first page of the one text and the second of the other, and lack a line that both have: a no is asked again while the file changes.
    for (let looks = 0; looks < mostDoubts; looks++) {
      if (looks > 0) pause()
      if (this.#find(address).some(lease => lease.expiresAt > now && macs.includes(lease.mac))) return true
      if (this.#seen !== '' || this.#text !== this.#whole) return false
    }
    return false
  }

  /** The MACs that the file names for the address, expired leases included. */
  macsOf(address: string): string[] {
    return this.#find(address).map(lease => lease.mac)
  }

  /** The addresses that the file names for the MAC, expired leases included. */
  addressesOf(mac: string): string[] {
    return this.all().filter(lease => lease.mac === mac).map(lease => lease.address)
  }

  /** Every lease in the file. */
  all(): readonly Lease[] {
    this.#read()
    return parseLeases(this.#text).leases
  }

  /** What the file said when it was whole last, in bytes as characters (latin1). */
  whole(): string {
    this.#read()
    return this.#whole
  }

  /** How many lines of the file could not be read. */
  get unreadable(): number {
    this.#read()
    return parseLeases(this.#text).unreadable
  }

  #find(address: string): Lease[] {
    this.#read()
    const found = findLeases(this.#text, address)
    return found.length > 0 || this.#whole === this.#text ? found : findLeases(this.#whole, address)
  }

  #read(): void {
    if (this.#path === null) return
    try {
      for (let looks = 0; looks < mostLooks; looks++) {
        if (looks > 0) pause()
        if (!this.#take(this.#path, looks === 0)) return
      }
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      this.#text = this.#whole = this.#seen = ''
    }
  }

  /** Whether it is just being written. While that is waited for, however long it takes, it is not settled. */
  #take(path: string, first: boolean): boolean {
    const { ino, size, mtimeMs } = statSync(path)
    const seen = `${ino} ${size} ${mtimeMs}`
    if (seen === this.#seen) return false
    const quiet = first && Date.now() - mtimeMs > unsettledMs
    this.#text = readFileSync(path, 'latin1')
    // It may have been begun anew in between.
    const after = statSync(path)
    const settled = quiet && `${after.ino} ${after.size} ${after.mtimeMs}` === seen
    const whole = settled || (this.#text.endsWith('\n') && this.#text.length % blockBytes !== 0)
    if (whole) this.#whole = this.#text
    this.#seen = settled ? seen : ''
    return !whole
  }
}

/** A fifth of a millisecond. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0.2)
}
