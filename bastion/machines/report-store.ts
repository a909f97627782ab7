import type { Facts } from '../../protocol/facts.ts'
import type { Database } from '../platform/database.ts'
import { isJunk } from './junk-identities.ts'

/** A report that does not agree with the record beside which it is kept. `mac`: the one that it booted from, null where that is not known any more. */
export interface DifferingReport { facts: Facts, because: string, mac: string | null, at: number }
/** What the newest report that was taken changed in a machine's hardware. */
export interface Changes { at: number, lines: string[] }

interface Row { differing_facts: string | null, differing_because: string | null, differing_mac: string | null, differing_at: number | null, last_changes: string | null, last_seen_at: number }

/** Reports that differ from the record, and what comes of them: replaced is a record only by an operator's word. */
export class ReportStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Keeps a report that does not agree beside the record, which stays. */
  putDiffering(machine: string, { facts, because, mac, at }: DifferingReport): void {
    this.#database.prepare('UPDATE machines SET differing_facts = ?, differing_because = ?, differing_mac = ?, differing_at = ? WHERE id = ?').run(JSON.stringify(facts), because, mac, at, machine)
  }

  /** The newest report that does not agree with the record; null when there is none. */
  findDiffering(machine: string): DifferingReport | null {
    const row = this.#find(machine)
    return row?.differing_facts == null ? null : { facts: JSON.parse(row.differing_facts) as Facts, because: row.differing_because ?? 'It does not agree with the record.', mac: row.differing_mac, at: row.differing_at ?? row.last_seen_at }
  }

  /** Drops what is kept beside the record; the same report beside other records too. */
  drop(machine: string): void {
    this.#database.prepare('UPDATE machines SET differing_facts = NULL, differing_because = NULL, differing_mac = NULL, differing_at = NULL WHERE id = ? OR differing_facts = (SELECT differing_facts FROM machines WHERE id = ?)').run(machine, machine)
  }

  /** Makes a report the record: facts, UUID, serial and MACs. Gives the MACs that were another machine's, with that machine. */
  take(machine: string, { facts, mac }: Pick<DifferingReport, 'facts' | 'mac'>): { mac: string, from: string }[] {
    const usable = (value: string | null): string | null => value === null || isJunk(value) ? null : value
    const macs = [...new Set([...mac === null ? [] : [mac], ...facts.nics.map(nic => nic.mac)])]
    return this.#database.transaction(() => {
      const moved = this.#database.prepare<[string, string], { mac: string, from: string }>('SELECT mac, machine AS "from" FROM machine_macs WHERE mac IN (SELECT value FROM json_each(?)) AND machine <> ?').all(JSON.stringify(macs), machine)
      this.drop(machine)
      this.#database.prepare('DELETE FROM machine_macs WHERE machine = ? OR mac IN (SELECT value FROM json_each(?))').run(machine, JSON.stringify(macs))
      for (const taken of macs) this.#database.prepare('INSERT INTO machine_macs (mac, machine) VALUES (?, ?)').run(taken, machine)
      this.#database.prepare('UPDATE machines SET facts = ?, uuid = ?, serial = ? WHERE id = ?').run(JSON.stringify(facts), usable(facts.system.uuid), usable(facts.system.serial), machine)
      return moved
    }).immediate()
  }

  /** Takes a MAC from a machine: it is another one's. */
  removeMac(machine: string, mac: string): void {
    this.#database.prepare('DELETE FROM machine_macs WHERE machine = ? AND mac = ?').run(machine, mac)
  }

  putChanges(machine: string, changes: Changes): void {
    this.#database.prepare('UPDATE machines SET last_changes = ? WHERE id = ?').run(JSON.stringify(changes), machine)
  }

  /** What the last report that changed anything changed; null when none did. */
  findChanges(machine: string): Changes | null {
    const row = this.#find(machine)
    return row?.last_changes == null ? null : JSON.parse(row.last_changes) as Changes
  }

  #find(machine: string): Row | undefined {
    return this.#database.prepare<[string], Row>('SELECT differing_facts, differing_because, differing_mac, differing_at, last_changes, last_seen_at FROM machines WHERE id = ?').get(machine)
  }
}
