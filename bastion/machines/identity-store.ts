import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'
import type { IdentityClaim } from './judge-identity.ts'

/** What somebody in limbo said of itself at /dispatch, and which recorded machines it may be. `heardUntil`: an operator lets it report, until then. */
export interface LimboClaim {
  mac: string
  uuid: string | null
  serial: string | null
  manufacturer: string | null
  product: string | null
  address: string
  because: string
  machines: string[]
  heardUntil: number | null
  firstSeenAt: number
  lastSeenAt: number
}

interface Row {
  mac: string, uuid: string | null, serial: string | null, manufacturer: string | null, product: string | null, address: string, because: string, machines: string
  heard_until: number | null, first_seen_at: number, last_seen_at: number
}

/** Anybody on the wire can make claims: the oldest give way. */
const claimsKept = 256

/** What is known about identities beside the machines' records: claims in limbo, and values that an operator said more than one machine has. */
export class IdentityStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #shared: Set<string>

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#shared = new Set(database.prepare<[], { value: string }>('SELECT value FROM shared_identities').all().map(({ value }) => value))
  }

  /** Whether an operator said that more than one machine has this UUID or serial: it counts for nothing. */
  isShared(value: string): boolean {
    return this.#shared.has(plain(value))
  }

  putShared(value: string): void {
    this.#database.prepare('INSERT INTO shared_identities (value, at) VALUES (?, ?) ON CONFLICT DO NOTHING').run(plain(value), this.#clock())
    this.#shared.add(plain(value))
  }

  /** Machines that have one of these disks, by serial or else WWN, with how many of them. */
  listByDisks(disks: readonly string[]): { machine: string, count: number }[] {
    return this.#database.prepare<[string], { machine: string, count: number }>('SELECT machine, count(*) AS count FROM machine_disks WHERE disk IN (SELECT value FROM json_each(?)) GROUP BY machine ORDER BY count DESC, machine')
      .all(JSON.stringify(disks.map(disk => disk.toLowerCase())))
  }

  /** Notes a claim in limbo. An operator's word for it lasts only while it claims the same. */
  putClaim(given: Pick<LimboClaim, 'mac' | 'uuid' | 'serial' | 'manufacturer' | 'product' | 'address' | 'because'> & { machines: readonly string[] }): void {
    const now = this.#clock()
    this.#database.transaction(() => {
      this.#database.prepare(`INSERT INTO limbo_claims (mac, uuid, serial, manufacturer, product, address, because, machines, first_seen_at, last_seen_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (mac) DO UPDATE SET heard_until = CASE WHEN uuid IS excluded.uuid AND serial IS excluded.serial THEN heard_until END, uuid = excluded.uuid, serial = excluded.serial,
          manufacturer = excluded.manufacturer, product = excluded.product, address = excluded.address, because = excluded.because, machines = excluded.machines, last_seen_at = excluded.last_seen_at`)
        .run(given.mac, given.uuid, given.serial, given.manufacturer, given.product, given.address, given.because, JSON.stringify(given.machines), now, now)
      this.#database.prepare('DELETE FROM limbo_claims WHERE mac IN (SELECT mac FROM limbo_claims ORDER BY heard_until IS NOT NULL DESC, last_seen_at DESC LIMIT -1 OFFSET ?)').run(claimsKept)
    }).immediate()
  }

  /** Whether an operator lets exactly this claim report now. */
  isHeard(claim: IdentityClaim): boolean {
    const row = this.#database.prepare<unknown[], { heard: number }>('SELECT 1 AS heard FROM limbo_claims WHERE mac = ? AND uuid IS ? AND serial IS ? AND heard_until > ?').get(claim.macs[0], claim.uuid, claim.serial, this.#clock())
    return row !== undefined
  }

  /** The claims that may mean a machine, newest first. */
  listClaims(machine: string): LimboClaim[] {
    return this.#database.prepare<[string], Row>('SELECT * FROM limbo_claims WHERE EXISTS (SELECT 1 FROM json_each(machines) WHERE value = ?) ORDER BY last_seen_at DESC, mac').all(machine).map(claim)
  }

  /** Lets the claims about a machine report, until a time. */
  hear(machine: string, until: number): void {
    for (const { mac } of this.listClaims(machine)) this.#database.prepare('UPDATE limbo_claims SET heard_until = ? WHERE mac = ?').run(until, mac)
  }

  removeClaims(machine: string): void {
    for (const { mac } of this.listClaims(machine)) this.#database.prepare('DELETE FROM limbo_claims WHERE mac = ?').run(mac)
  }
}

const plain = (value: string): string => value.trim().toLowerCase()

function claim(row: Row): LimboClaim {
  return {
    mac: row.mac, uuid: row.uuid, serial: row.serial, manufacturer: row.manufacturer, product: row.product, address: row.address, because: row.because,
    machines: JSON.parse(row.machines) as string[], heardUntil: row.heard_until, firstSeenAt: row.first_seen_at, lastSeenAt: row.last_seen_at,
  }
}
