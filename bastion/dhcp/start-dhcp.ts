// The DHCP room as the composition root sees it: off, a server on one interface that is started only when nobody else answers there, or a proxy beside somebody else's server.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BastionError } from '../platform/bastion-error.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import { findBootPrograms } from './find-boot-programs.ts'
import { endFormerDnsmasq } from './end-former-dnsmasq.ts'
import { findInterface } from './find-interface.ts'
import { findNeighbour } from './find-neighbour.ts'
import { keepLeases, restoreLeases, type LeaseFiles } from './keep-leases.ts'
import { Leases } from './leases.ts'
import { httpPath, planDnsmasq, servesOwnNetwork } from './plan-dnsmasq.ts'
import { renderDnsmasq } from './render-dnsmasq.ts'
import { startDnsmasq } from './start-dnsmasq.ts'
import { watchForeignDhcp } from './watch-foreign-dhcp.ts'

/** `runtimeDirectory`: a folder in memory, or null. `bootUrl`: the boot plane, `http://ADDRESS:PORT`. `probeMs`: how long to listen for other DHCP servers, in milliseconds. */
export interface DhcpSpec {
  config: Config
  stateDirectory: string
  runtimeDirectory?: string | null
  bootUrl: string
  events: Events
  journal: Journal
  probeMs?: number
}

/** The running room. `httpPaths`: the paths on the boot plane that are advertised for UEFI HTTP boot. `status().because` is null while all is as configured. `network()`: who else answers on the network, null where nobody was looked for. */
export interface Dhcp {
  leases: Leases
  httpPaths: readonly string[]
  status: () => { running: boolean, because: string | null, restarts: number }
  network: () => string | null
  stop: (deadlineMs: number) => Promise<void>
}

/** The folder of the boot programs, which dnsmasq serves over TFTP and the boot plane under /ipxe/. */
export function bootProgramFolder(stateDirectory: string): string {
  return join(stateDirectory, 'tftp')
}

/** dnsmasq's lease file, in memory where there is a folder for that. It is there before dnsmasq is started again, and then already says who holds which address. */
export function leaseFilesOf(stateDirectory: string, runtimeDirectory: string | null): LeaseFiles {
  return { live: join(runtimeDirectory ?? stateDirectory, 'dnsmasq.leases'), kept: join(stateDirectory, 'dnsmasq.leases') }
}

/** The leases that the bastion gives, as configured: those of its file in server mode, none of its own otherwise. */
export function leasesOf(config: Config, runtimeDirectory: string | null): Leases {
  if (config.dhcp.mode !== 'server') return new Leases(null)
  const files = leaseFilesOf(config.state, runtimeDirectory)
  restoreLeases(files)
  return new Leases(files.live)
}

/** Starts DHCP as configured. In mode `off` nothing answers DHCP and `leases.owned` is false; boot programs are laid out where they are installed, for somebody else's DHCP server to point at, and served over TFTP where an interface is named. In mode `proxy` machines are told what to boot, and `leases.owned` is false too. Refuses an interface without the right address, in server mode another DHCP server on it (`BST_FOREIGN_DHCP`), missing boot programs or dnsmasq. */
export async function startDhcp({ config, stateDirectory, runtimeDirectory = null, bootUrl, events, journal, probeMs }: DhcpSpec): Promise<Dhcp> {
  const { mode, allowForeignServer } = config.dhcp
  if (mode === 'off' && config.dhcp.interface === null) return inert(stateDirectory, journal)
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  const leaseFiles = leaseFilesOf(stateDirectory, runtimeDirectory)
  const tftpRoot = bootProgramFolder(stateDirectory)
  const programs = findBootPrograms(tftpRoot, journal)
  const plan = planDnsmasq(config.dhcp, { bootAddress: config.bootPlane.address, bootUrl, leaseFile: leaseFiles.live, tftpRoot, programs })
  if (plan.kind === 'refusal') throw new BastionError('BST_CONFIG_INVALID', plan.refusal.because, { nextStep: plan.refusal.nextStep })
  const interfaceName = plan.view.interface
  await checkInterface(interfaceName, config, plan.view.routerAdvertisements, journal)
  await endFormerDnsmasq(join(stateDirectory, 'dnsmasq.conf'))
  // Where only networks behind relays are served, another server in between is nobody's rival: ours does not answer there.
  const foreign = mode === 'off' || (mode === 'server' && !servesOwnNetwork(config.dhcp)) ? null : await watchForeignDhcp({ mode, interfaceName, allowed: allowForeignServer, journal, ...probeMs === undefined ? {} : { probeMs } })
  if (mode === 'server') restoreLeases(leaseFiles)
  const leases = new Leases(mode === 'server' ? leaseFiles.live : null)
  const macOf = leases.owned ? (address: string) => leases.macsOf(address)[0] ?? null : (address: string) => findNeighbour(address, interfaceName)
  try {
    const child = await startDnsmasq({ configuration: renderDnsmasq(plan.view), stateDirectory, events, journal, macOf })
    const endKeeping = leases.owned ? keepLeases(leaseFiles, leases, journal) : () => {}
    return {
      leases,
      httpPaths: programs.filter(program => program.loadedBy === 'http').map(httpPath),
      status: () => ({ running: child.running, because: child.because, restarts: child.restarts }),
      network: () => foreign?.say() ?? null,
      stop: async deadlineMs => {
        foreign?.stop()
        await child.stop(deadlineMs)
        endKeeping()
      },
    }
  } catch (error) {
    foreign?.stop()
    throw error
  }
}

function inert(stateDirectory: string, journal: Journal): Dhcp {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  try { findBootPrograms(bootProgramFolder(stateDirectory), journal) } catch (error) { journal.info(error instanceof Error ? error.message : String(error)) }
  return { leases: new Leases(null), httpPaths: [], status: () => ({ running: false, because: null, restarts: 0 }), network: () => null, stop: async () => {} }
}

async function checkInterface(name: string, { dhcp, bootPlane }: Config, advertises: boolean, journal: Journal): Promise<void> {
  const found = await findInterface(name)
  if (found?.up !== true || !found.addresses.some(address => address.startsWith(`${bootPlane.address}/`))) {
    const got = found === null ? 'is not there' : `is ${found.up ? 'up' : 'down'} and has ${found.addresses.join(', ') || 'no address'}`
    throw new BastionError('BST_CONFIG_INVALID', `dhcp.interface: ${name} ${got}; wanted bootPlane.address ${bootPlane.address} on it, up.`, { nextStep: `ip address add ${bootPlane.address}/${prefixLength(dhcp.netmask)} dev ${name} && ip link set ${name} up` })
  }
  if (advertises && !found.addresses.some(address => address.includes(':') && !/^fe[89ab]/i.test(address))) {
    journal.warn(`${name} has no IPv6 address with a prefix to advertise, so iPXE will wait 13 s before each script. Next step: ip address add fd00:77::1/64 dev ${name} (any prefix of your own; on the host, where it lasts).`)
  }
}

function prefixLength(netmask: string): number {
  return netmask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0)
}
