// The log intake as the composition root sees it: on named addresses, or not there.
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Database } from '../platform/database.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import { LogCollector } from './collect-logs.ts'
import { intakeAddresses } from './intake-addresses.ts'
import { listenForLogs } from './listen-for-logs.ts'
import { LogStore, type Sender } from './log-store.ts'

/** What the intake works with. `whoIs`: whose an address is, as far as anybody knows. */
export interface IntakeSpec { config: Config, database: Database, clock: Clock, events: Events, journal: Journal, store: LogStore, whoIs: (address: string) => Sender }

/** The running intake. `because`: what is wrong with it, null when nothing is. */
export interface Intake { counts: Readonly<{ taken: number, dropped: number }>, because: () => string | null, detail: () => string, close: () => Promise<void> }

const flushEveryMs = 250
const tellEveryMs = 60_000
const strangersPerSecond = 200
/** Of all senders together: a rack that starts at once. */
const allPerSecond = 5000
/** A line has so many bytes at least, with what is stored around it; half of that bounds the lines that are kept. */
const bytesPerLine = 100

/** The store with the bounds of a configuration. */
export function openLogStore(database: Database, { logIntake }: Pick<Config, 'logIntake'>): LogStore {
  const bound = (bytes: number) => ({ bytes, lines: Math.ceil(bytes / bytesPerLine) })
  const all = logIntake.totalMib * 2 ** 20
  return new LogStore(database, { machine: bound(logIntake.machineMib * 2 ** 20), stranger: bound(256 * 1024), strangers: bound(all / 8), all: bound(all) })
}

/** Starts it. A flood is dropped and counted; nobody waits for it. */
export async function startIntake({ config, clock, events, journal, store, whoIs }: IntakeSpec): Promise<Intake> {
  const addresses = intakeAddresses(config)
  const collector = new LogCollector(store, clock, whoIs, { sender: config.logIntake.linesPerSecond, strangers: strangersPerSecond, all: allPerSecond })
  let because: string | null = null
  let toldAt = -Infinity
  const close = await listenForLogs({ addresses, port: config.logIntake.port, connections: config.limits.connections, connectionsPerAddress: config.limits.connectionsPerAddress }, (address, message) => { collector.take(address, message) }, failure => {
    because = failure
    journal.error(failure)
  })
  let again: NodeJS.Timeout | undefined
  const flush = () => {
    try {
      const { stored, more } = collector.flush()
      if (more) again ??= setTimeout(() => { again = undefined; flush() }, 10).unref()
      for (const { sender, lines } of stored) events.publish({ kind: 'logs', machine: sender.machine, mac: sender.mac, lines })
    } catch (error) {
      // A full disk, say: these lines are lost, and the next ones are tried again.
      if (clock() - toldAt >= tellEveryMs) journal.warn({ err: error }, 'lines of the log intake could not be stored, and are lost')
      toldAt = clock()
    }
  }
  const flushing = setInterval(flush, flushEveryMs)
  const telling = setInterval(() => {
    const unknown = collector.takeUnknownDropped()
    if (unknown > 0) journal.warn(`${unknown} lines of the log intake were dropped within a minute: they came from more addresses than can be looked up`)
  }, tellEveryMs)
  flushing.unref()
  telling.unref()
  return {
    counts: collector.counts,
    because: () => because,
    detail: () => addresses.length === 0 ? 'The log intake is off.' : `Logs are taken on ${addresses.join(', ')} port ${config.logIntake.port} (TCP and UDP); ${collector.counts.taken} lines so far, ${collector.counts.dropped} dropped.`,
    close: async () => {
      clearInterval(flushing)
      clearInterval(telling)
      await close()
      clearTimeout(again)
      flush()
    },
  }
}
