import type { OsSource } from '../../protocol/os-sources.ts'
import type { Tree } from '../../protocol/tree-sources.ts'
import type { ExpectedStore } from '../machines/expected-store.ts'
import type { IdentityStore } from '../machines/identity-store.ts'
import type { MachineStore } from '../machines/machine-store.ts'
import type { ReportStore } from '../machines/report-store.ts'
import type { Timeline } from '../machines/timeline.ts'
import type { AdvanceOrderStore } from '../install/advance-order-store.ts'
import type { OrderStore } from '../install/order-store.ts'
import type { SettingsStore } from '../install/settings-store.ts'
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Database } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import type { RateLimit } from '../platform/rate-limit.ts'
import type { RecordStore } from '../volumes/record-store.ts'
import type { Fetches } from './fetches.ts'
import type { TicketLife } from './judge-ticket.ts'
import type { RamdiskFiles } from './ramdisk-files.ts'
import type { RecentTickets } from './recent-tickets.ts'
import type { TicketStore } from './ticket-store.ts'

/** What the boot room works with; wired in the composition root. */
export interface BootRoom {
  config: Config
  clock: Clock
  database: Database
  events: Events
  journal: Journal
  machines: MachineStore
  /** What waits for machines never seen. */
  expected: ExpectedStore
  identities: IdentityStore
  reports: ReportStore
  timeline: Timeline
  orders: OrderStore
  /** Orders for machines never seen. */
  advance: AdvanceOrderStore
  records: RecordStore
  settings: SettingsStore
  tickets: TicketStore
  recentTickets: RecentTickets
  ticketLife: TicketLife
  ramdisk: RamdiskFiles
  /** Dispatches of machines never seen, all of them together. */
  strangers: RateLimit
  /** A root image or an installation tree. */
  findOs: (name: string) => OsSource | null
  /** The installation tree of that name, when its files are there. */
  findTree: (name: string) => Tree | null
  /** Whether an address holds a lease of one of these MACs; null where the bastion does not own DHCP. */
  holdsLease: (address: string, macs: readonly string[]) => boolean | null
  bootUrl: string
  controlUrl: string
  pins: readonly string[]
  /** Of the control plane, as PEM: for programs that want an authority instead of a pin. */
  certificate: string
  /** Machines whose RAM disk polls for an order, and until when that is known (milliseconds since 1970). */
  waiting: Map<string, number>
  /** Polls that are held open now. */
  heldPolls: { count: number }
  fetches: Fetches
}

/** The machine by the name that people know it by: its own, else its order's, else its MAC. */
export function labelOf(machine: { name: string | null, macs: readonly string[], id: string }): string {
  return machine.name ?? machine.macs[0] ?? machine.id
}
