// Composition root: builds every room and wires it. Start and stop order stand here and nowhere else.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorStore } from './access/operator-store.ts'
import type { BootRoom } from './boot/boot-room.ts'
import { discoveryFault } from './boot/decide-discovery.ts'
import { Fetches } from './boot/fetches.ts'
import { findSender } from './boot/find-sender.ts'
import { RamdiskFiles } from './boot/ramdisk-files.ts'
import { RecentTickets } from './boot/recent-tickets.ts'
import { TicketStore } from './boot/ticket-store.ts'
import { watchBoots } from './boot/watch-boots.ts'
import type { Leases } from './dhcp/leases.ts'
import { bootProgramFolder, leasesOf, startDhcp } from './dhcp/start-dhcp.ts'
import { openListeners } from './http/open-listeners.ts'
import { AdvanceOrderStore } from './install/advance-order-store.ts'
import { ImageStore } from './install/image-store.ts'
import { openLogStore, startIntake } from './intake/start-intake.ts'
import { OrderStore } from './install/order-store.ts'
import { SettingsStore } from './install/settings-store.ts'
import { NewerReleases } from './install/newer/newer-releases.ts'
import { Prefetches } from './install/prefetch/prefetches.ts'
import { TreeStore } from './install/tree-store.ts'
import { UpstreamCache } from './install/upstream-cache.ts'
import { ExpectedStore } from './machines/expected-store.ts'
import { IdentityStore } from './machines/identity-store.ts'
import { MachineStore } from './machines/machine-store.ts'
import { ReportStore } from './machines/report-store.ts'
import { Timeline } from './machines/timeline.ts'
import { loadControlPlaneKey } from './pki/control-plane-key.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config-schema.ts'
import { openDatabase } from './platform/database.ts'
import { Events } from './platform/events.ts'
import type { Journal } from './platform/journal.ts'
import { RateLimit } from './platform/rate-limit.ts'
import { RecordStore } from './volumes/record-store.ts'
import { version } from './version.ts'

/** How long the server of an installation tree may say nothing: less than Anaconda's own time-out of a download. */
const upstreamStallMs = 30_000

/** A running bastion; `boot` is what its boot room works with. */
export interface Bastion { boot: BootRoom, stop: () => Promise<void> }

/** Where things stand in the state folder. */
export function statePaths(config: Config): { database: string, tls: string } {
  return { database: join(config.state, 'bastion.sqlite'), tls: join(config.state, 'tls') }
}

/** What may be given beside what the configuration says: leases that are not dnsmasq's own; a folder in memory (`RUNTIME_DIRECTORY` of systemd.exec(5)). */
export interface Given { leases?: Leases, runtimeDirectory?: string | null }

/** Starts everything: database, key, listeners, and at last dnsmasq, so that no machine is answered before all is there to serve it. Refuses with what is wrong, and leaves nothing running. */
export async function startBastion(config: Config, journal: Journal, given: Given = {}): Promise<Bastion> {
  const clock = systemClock
  const paths = statePaths(config)
  const programFolder = bootProgramFolder(config.state)
  for (const folder of [config.state, programFolder]) if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const events = new Events(error => { journal.error({ err: error }, 'a listener of events failed') })
  const database = openDatabase(paths.database)
  const cleanUp: (() => void | Promise<void>)[] = [() => { database.close() }]
  const stopAll = async () => { for (const end of cleanUp.splice(0).toReversed()) await end() }
  let stopping = false
  try {
    const key = await loadControlPlaneKey(paths.tls, [...new Set([config.controlPlane.address, '127.0.0.1'])], clock())
    const images = new ImageStore(config.os.directory)
    const trees = new TreeStore({ directory: config.os.directory, clock, journal, stallMs: upstreamStallMs })
    const cache = new UpstreamCache({ directory: join(config.state, 'tree-cache'), mostBytes: config.os.cacheMib * 2 ** 20, stallMs: upstreamStallMs, freshMs: 60_000, retryMs: [1000, 5000, 15_000], clock, journal })
    const prefetches = new Prefetches({ directory: config.os.directory, trees, cache, clock, journal })
    const newer = new NewerReleases({ directory: config.os.directory, trees, clock, stallMs: upstreamStallMs })
    trees.resume()
    prefetches.resume()
    cleanUp.push(() => trees.stop(), () => prefetches.stop(), () => newer.stop())
    // From the first request on, not only once dnsmasq runs: else a restart would open a window without the lease rule.
    const leases = given.leases ?? leasesOf(config, given.runtimeDirectory ?? null)
    let dhcp: Awaited<ReturnType<typeof startDhcp>> | null = null
    const ramdisk = new RamdiskFiles(config.ramdisk.directory)
    const tickets = new TicketStore(database, clock)
    const ticketLife = { sinceLastWordMs: config.boot.ticketMinutes * 60_000, atMostMs: config.boot.ticketHours * 3_600_000 }
    const boot: BootRoom = {
      config, clock, database, events, journal, ramdisk, strangers: new RateLimit({ perMinute: config.limits.strangersPerMinute, burst: config.limits.strangersPerMinute }, clock),
      machines: new MachineStore(database), timeline: new Timeline(database, clock, events), orders: new OrderStore(database, clock), advance: new AdvanceOrderStore(database, clock), records: new RecordStore(database, clock), settings: new SettingsStore(database, clock), tickets, ticketLife, recentTickets: new RecentTickets(tickets, clock, ticketLife),
      expected: new ExpectedStore(database, clock), identities: new IdentityStore(database, clock), reports: new ReportStore(database),
      findOs: name => images.find(name) ?? trees.find(name), findTree: name => trees.tree(name),
      holdsLease: (address, macs) => leases.owned ? leases.holds(address, macs, clock()) : null,
      bootUrl: `http://${config.bootPlane.address}:${config.bootPlane.port}`,
      controlUrl: `https://${config.controlPlane.address}:${config.controlPlane.port}`,
      pins: key.pins, certificate: key.certificatePem, waiting: new Map(), heldPolls: { count: 0 }, fetches: new Fetches(clock(), address => leases.owned ? leases.macsOf(address)[0] ?? null : null),
    }
    cleanUp.push(watchBoots(boot))
    const logs = openLogStore(database, config)
    const intake = await startIntake({ config, database, clock, events, journal, store: logs, whoIs: address => findSender(boot, address) })
    cleanUp.push(intake.close)
    const parts = [
      { name: 'log-intake', because: intake.because, detail: intake.detail },
      { name: 'dnsmasq', because: () => dhcp === null ? 'dnsmasq has not been started yet' : dhcp.status().because, detail: () => dhcp?.network() ?? null },
      { name: 'ramdisk', because: () => config.dhcp.mode === 'off' || config.discovery.by === 'kickstart' ? null : ramdisk.state().missing },
      { name: 'discovery', because: () => discoveryFault(config, boot.findOs(config.discovery.os ?? '')) },
    ]
    const close = await openListeners({
      boot, key, logs, logCounts: intake.counts, version, os: { images, trees, cache, prefetches, newer, directory: config.os.directory, clock }, operators: new OperatorStore(database, clock), bootProgramFolder: programFolder,
      health: { database, parts, startedAt: clock(), clock, version, stopping: () => stopping },
    })
    cleanUp.push(close)
    dhcp = await startDhcp({ config, stateDirectory: config.state, runtimeDirectory: given.runtimeDirectory ?? null, bootUrl: boot.bootUrl, events, journal })
    cleanUp.push(() => dhcp?.stop(config.stopSeconds * 500))
    return { boot, stop: async () => {
      stopping = true
      events.publish({ kind: 'stopping' })
      await stopAll()
    } }
  } catch (error) {
    await stopAll()
    throw error
  }
}
