import type { NamedIdentity } from '../../protocol/machines.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import { parseMac, parseUuid } from '../../protocol/names.ts'
import type { Clock } from '../platform/clock.ts'
import { uuidv7 } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'

/** An install that was ordered for a MAC that no machine had. `machine`: the one that has it by now; the order then waits for its operator, and `problem` says why it was not armed. */
export interface AdvanceOrder {
  id: string
  mac: string
  machine: string | null
  name: string
  role: string
  os: string
  wipe: string[]
  /** What the machine must be known by for the order to be armed by itself. */
  identity: NamedIdentity
  settings: MachineSettings | null
  by: string
  problem: string | null
  createdAt: number
  updatedAt: number
}

interface Row { id: string, mac: string, machine: string | null, name: string, role: string, os: string, wipe: string, identity: string, settings: string | null, by_operator: string, problem: string | null, created_at: number, updated_at: number }

const select = 'SELECT a.*, m.machine FROM advance_orders a LEFT JOIN machine_macs m ON m.mac = a.mac'

/** Orders for machines never seen: one for a MAC, one for a name. */
export class AdvanceOrderStore {
  readonly #database: Database
  readonly #clock: Clock
  readonly #byMac
  readonly #byMachine
  /** Every MAC that may have one: each dispatch of a machine never seen asks. */
  readonly #macs: Set<string>

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
    this.#byMachine = database.prepare<[string], Row>(`${select} WHERE m.machine = ? ORDER BY a.created_at, a.id`)
    this.#byMac = database.prepare<[string], Row>(`${select} WHERE a.mac = ?`)
    this.#macs = new Set(database.prepare<[], { mac: string }>('SELECT mac FROM advance_orders').all().map(({ mac }) => mac))
  }

  put(given: Omit<AdvanceOrder, 'id' | 'machine' | 'problem' | 'createdAt' | 'updatedAt'>): AdvanceOrder {
    const now = this.#clock()
    this.#database.prepare('INSERT INTO advance_orders (id, mac, name, role, os, wipe, identity, settings, by_operator, problem, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, ?)')
      .run(uuidv7(now), given.mac, given.name, given.role, given.os, JSON.stringify(given.wipe), JSON.stringify(given.identity), given.settings === null ? null : JSON.stringify(given.settings), given.by, now, now)
    this.#macs.add(given.mac)
    return this.findByMac(given.mac)!
  }

  findByMac(mac: string): AdvanceOrder | null {
    return this.#macs.has(mac) ? one(this.#byMac.get(mac)) : null
  }

  findByName(name: string): AdvanceOrder | null {
    return one(this.#database.prepare<[string], Row>(`${select} WHERE a.name = ?`).get(name))
  }

  /** What an operator's word means: a name, MAC or id. */
  findByReference(reference: string): AdvanceOrder | null {
    return one(this.#database.prepare<unknown[], Row>(`${select} WHERE a.name = ? OR a.mac = ? OR a.id = ? ORDER BY a.name = ? DESC LIMIT 1`).get(reference, parseMac(reference), parseUuid(reference), reference))
  }

  /** Those whose MAC a machine has by now, the oldest first. */
  listByMachine(machine: string): AdvanceOrder[] {
    return this.#byMachine.all(machine).map(order)
  }

  /** Those whose machine was not seen yet, by name. */
  listUnseen(): AdvanceOrder[] {
    return this.#database.prepare<[], Row>(`${select} WHERE m.machine IS NULL ORDER BY a.name`).all().map(order)
  }

  putProblem(id: string, problem: string): void {
    this.#database.prepare('UPDATE advance_orders SET problem = ?, updated_at = ? WHERE id = ?').run(problem, this.#clock(), id)
  }

  /** False when it was gone already. */
  remove(id: string): boolean {
    return this.#database.prepare('DELETE FROM advance_orders WHERE id = ?').run(id).changes === 1
  }
}

function one(row: Row | undefined): AdvanceOrder | null {
  return row === undefined ? null : order(row)
}

function order({ by_operator: by, created_at: createdAt, updated_at: updatedAt, ...row }: Row): AdvanceOrder {
  return {
    ...row, by, createdAt, updatedAt, wipe: JSON.parse(row.wipe) as string[], identity: JSON.parse(row.identity) as NamedIdentity,
    settings: row.settings === null ? null : JSON.parse(row.settings) as MachineSettings,
  }
}
