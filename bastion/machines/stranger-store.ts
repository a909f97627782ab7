import type { TimelineEntry } from '../../protocol/machines.ts'
import type { Database } from '../platform/database.ts'
import { entryOf, type TimelineRow } from './timeline.ts'

/** What is known of a stranger: when it was seen, and how many entries its timeline has. */
export interface Stranger { mac: string, firstSeenAt: number, lastSeenAt: number, entries: number }

const unknown = 'timeline INDEXED BY timeline_of_strangers WHERE machine IS NULL AND mac IS NOT NULL AND mac NOT IN (SELECT mac FROM machine_macs)'
/** Other DHCP clients of the network, telephones say, are no strangers here. */
const boots = `sum((phase <> 'dhcp' AND evidence <> 'operator') OR coalesce(json_extract(detail, '$.client'), '') IN ('firmware', 'ipxe')) > 0`

/** MACs that network-boot here and belong to no machine yet. They stand on the timeline alone: anybody on the wire can make them. */
export class StrangerStore {
  readonly #list
  readonly #history

  constructor(database: Database) {
    const columns = 'mac, min(at) AS firstSeenAt, max(at) AS lastSeenAt, count(*) AS entries'
    this.#list = database.prepare<[number, number], Stranger>(`SELECT ${columns} FROM ${unknown} GROUP BY mac HAVING lastSeenAt > ? AND ${boots} ORDER BY lastSeenAt DESC LIMIT ?`)
    this.#history = database.prepare<[string, number], TimelineRow>(`SELECT * FROM (SELECT * FROM ${unknown} AND mac = ? ORDER BY id DESC LIMIT ?) ORDER BY id`)
  }

  /** Those seen after `since` (milliseconds since 1970), the newest first. */
  list(since: number, limit: number): Stranger[] {
    return this.#list.all(since, limit)
  }

  /** The newest entries of a MAC, oldest first; none when it is a machine's, or was never seen. */
  history(mac: string, limit: number): TimelineEntry[] {
    return this.#history.all(mac, limit).map(entryOf)
  }
}
