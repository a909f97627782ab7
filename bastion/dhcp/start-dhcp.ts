// The DHCP room as the composition root sees it: off, or a server on one interface that is started only when nobody else answers there.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { BastionError } from '../platform/bastion-error.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Events } from '../platform/events.ts'
import type { Journal } from '../platform/journal.ts'
import { findBootPrograms } from './find-boot-programs.ts'
import { endFormerDnsmasq } from './end-former-dnsmasq.ts'
import { findForeignDhcp } from './find-foreign-dhcp.ts'
import { findInterface } from './find-interface.ts'
import { Leases } from './leases.ts'
import { httpPath, planDnsmasq } from './plan-dnsmasq.ts'
import { renderDnsmasq } from './render-dnsmasq.ts'
import { startDnsmasq } from './start-dnsmasq.ts'

/** `bootUrl`: the boot plane, `http://ADDRESS:PORT`. `probeMs`: how long to listen for other DHCP servers, in milliseconds. */
export interface DhcpSpec {
  config: Config
  stateDirectory: string
  bootUrl: string
  events: Events
  journal: Journal
  probeMs?: number
}

/** The running room. `httpPaths`: the paths on the boot plane that are advertised for UEFI HTTP boot. `status().because` is null while all is as configured. */
export interface Dhcp {
  leases: Leases
  httpPaths: readonly string[]
  status: () => { running: boolean, because: string | null, restarts: number }
  stop: (deadlineMs: number) => Promise<void>
}

/** The folder of the boot programs, which dnsmasq serves over TFTP and the boot plane under /ipxe/. */
export function bootProgramFolder(stateDirectory: string): string {
  return join(stateDirectory, 'tftp')
}

/** dnsmasq's lease file. It is there before dnsmasq is started again, and then already says who holds which address. */
export function leaseFileOf(stateDirectory: string): string {
  return join(stateDirectory, 'dnsmasq.leases')
}

/** Starts DHCP as configured. In mode `off` nothing runs and `leases.owned` is false; boot programs are laid out where they are installed, for somebody else's DHCP server to point at. Refuses an interface without the right address, another DHCP server on it (`BST_FOREIGN_DHCP`), missing boot programs or dnsmasq. */
export async function startDhcp({ config, stateDirectory, bootUrl, events, journal, probeMs }: DhcpSpec): Promise<Dhcp> {
  if (config.dhcp.mode === 'off') return inert(stateDirectory, journal)
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  const leaseFile = leaseFileOf(stateDirectory)
  const tftpRoot = bootProgramFolder(stateDirectory)
  const programs = findBootPrograms(tftpRoot, journal)
  const plan = planDnsmasq(config.dhcp, { bootUrl, leaseFile, tftpRoot, programs })
  if (plan.kind === 'refusal') throw new BastionError('BST_CONFIG_INVALID', plan.refusal.because, { nextStep: plan.refusal.nextStep })
  await checkInterface(plan.view.interface, config, journal)
  await endFormerDnsmasq(join(stateDirectory, 'dnsmasq.conf'))
  await refuseForeign(plan.view.interface, config.dhcp.allowForeignServer, journal, probeMs)
  const leases = new Leases(leaseFile)
  const child = await startDnsmasq({ configuration: renderDnsmasq(plan.view), stateDirectory, events, journal, macOf: address => leases.macsOf(address)[0] ?? null })
  return {
    leases,
    httpPaths: programs.filter(program => program.loadedBy === 'http').map(httpPath),
    status: () => ({ running: child.running, because: child.because, restarts: child.restarts }),
    stop: deadlineMs => child.stop(deadlineMs),
  }
}

function inert(stateDirectory: string, journal: Journal): Dhcp {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 })
  try { findBootPrograms(bootProgramFolder(stateDirectory), journal) } catch (error) { journal.info(error instanceof Error ? error.message : String(error)) }
  return { leases: new Leases(null), httpPaths: [], status: () => ({ running: false, because: null, restarts: 0 }), stop: async () => {} }
}

async function checkInterface(name: string, { dhcp, bootPlane }: Config, journal: Journal): Promise<void> {
  const found = await findInterface(name)
  if (found?.up !== true || !found.addresses.some(address => address.startsWith(`${bootPlane.address}/`))) {
    const got = found === null ? 'is not there' : `is ${found.up ? 'up' : 'down'} and has ${found.addresses.join(', ') || 'no address'}`
    throw new BastionError('BST_CONFIG_INVALID', `dhcp.interface: ${name} ${got}; wanted bootPlane.address ${bootPlane.address} on it, up.`, { nextStep: `ip address add ${bootPlane.address}/${prefixLength(dhcp.netmask)} dev ${name} && ip link set ${name} up` })
  }
  if (dhcp.routerAdvertisements && !found.addresses.some(address => address.includes(':') && !/^fe[89ab]/i.test(address))) {
    journal.warn(`${name} has no IPv6 address with a prefix to advertise, so iPXE will wait 13 s before each script. Next step: ip address add fd00:77::1/64 dev ${name} (any prefix of your own; on the host, where it lasts).`)
  }
}

async function refuseForeign(interfaceName: string, allowed: boolean, journal: Journal, probeMs: number | undefined): Promise<void> {
  const servers = await findForeignDhcp(interfaceName, probeMs === undefined ? {} : { timeoutMs: probeMs })
  if (servers.length === 0) return
  const named = servers.map(({ server, mac, offered }) => `${server} (MAC ${mac}, offered ${offered})`).join(' and ')
  if (!allowed) {
    throw new BastionError('BST_FOREIGN_DHCP', `Another DHCP server answers on ${interfaceName}: ${named}. The bastion did not start its own.`, {
      nextStep: `Switch that server off on this network, choose another dhcp.interface, or set dhcp.allowForeignServer: true in bastion.yaml if both really belong there.`,
    })
  }
  journal.warn({ servers }, `Another DHCP server answers on ${interfaceName}: ${named}. Started all the same, as dhcp.allowForeignServer says.`)
}

function prefixLength(netmask: string): number {
  return netmask.split('.').reduce((sum, part) => sum + Number(part).toString(2).replaceAll('0', '').length, 0)
}
