// Answers who holds which address, from dnsmasq's lease file: dnsmasq writes it before it sends its acknowledgement.
import { readFileSync, statSync } from 'node:fs'
import { systemCode } from '../platform/bastion-error.ts'
import { parseLeases, type Lease } from './parse-leases.ts'

/** How long after a change the file is read again at each question, in milliseconds: two changes may carry one time stamp, and dnsmasq writes it in place. */
const unsettledMs = 200

/** The leases that dnsmasq has given. Reading is cheap: the file is read again only when it has changed. `owned` is false where the bastion leases nothing; then no question about leases means anything. */
export class Leases {
  readonly owned: boolean
  readonly #path: string | null
  #seen = ''
  #leases: readonly Lease[] = []
  #unreadable = 0

  /** `path`: dnsmasq's lease file, which need not exist yet; null where the bastion does no DHCP. */
  constructor(path: string | null) {
    this.#path = path
    this.owned = path !== null
  }

  /** Whether the address is leased, at `now` (milliseconds since 1970), to one of the MACs. */
  holds(address: string, macs: readonly string[], now: number): boolean {
    return this.#read().some(lease => lease.address === address && lease.expiresAt > now && macs.includes(lease.mac))
  }

  /** The MACs that the file names for the address, expired leases included. */
  macsOf(address: string): string[] {
    return this.#read().filter(lease => lease.address === address).map(lease => lease.mac)
  }

  /** The addresses that the file names for the MAC, expired leases included. */
  addressesOf(mac: string): string[] {
    return this.#read().filter(lease => lease.mac === mac).map(lease => lease.address)
  }

  /** Every lease in the file. */
  all(): readonly Lease[] {
    return this.#read()
  }

  /** How many lines of the file could not be read. */
  get unreadable(): number {
    this.#read()
    return this.#unreadable
  }

  #read(): readonly Lease[] {
    if (this.#path === null) return []
    try {
      const { ino, size, mtimeMs } = statSync(this.#path)
      const seen = `${ino} ${size} ${mtimeMs}`
      if (seen === this.#seen) return this.#leases
      const { leases, unreadable } = parseLeases(readFileSync(this.#path, 'utf8'))
      this.#leases = leases
      this.#unreadable = unreadable
      this.#seen = Date.now() - mtimeMs > unsettledMs ? seen : ''
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      this.#leases = []
      this.#unreadable = 0
      this.#seen = ''
    }
    return this.#leases
  }
}
