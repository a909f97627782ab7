import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/database.ts'

/** The settings that operators gave to single machines; they outlive orders, and go when the machine is forgotten. */
export class SettingsStore {
  readonly #database: Database
  readonly #clock: Clock

  constructor(database: Database, clock: Clock) {
    this.#database = database
    this.#clock = clock
  }

  /** Empty for a machine without any. */
  find(machine: string): MachineSettings {
    const row = this.#database.prepare<[string], { settings: string }>('SELECT settings FROM machine_settings WHERE machine = ?').get(machine)
    return row === undefined ? {} : JSON.parse(row.settings) as MachineSettings
  }

  /** Replaces all of a machine's settings; within the caller's transaction where there is one. */
  put(machine: string, settings: MachineSettings): void {
    this.#database.prepare('INSERT INTO machine_settings (machine, settings, updated_at) VALUES (?, ?, ?) ON CONFLICT (machine) DO UPDATE SET settings = excluded.settings, updated_at = excluded.updated_at')
      .run(machine, JSON.stringify(settings), this.#clock())
  }
}
