// `labctl-bastion preflight`: what would keep it from starting, or from serving machines. Writes nothing, and listens to the network only where dnsmasq would serve it.
import { closeSync, openSync, readSync } from 'node:fs'
import type { PreflightCheck } from '../protocol/preflight.ts'
import { statePaths } from './bastion.ts'
import { discoveryFault, discoveryOs } from './boot/decide-discovery.ts'
import { findForeignDhcp } from './dhcp/find-foreign-dhcp.ts'
import { findInterface } from './dhcp/find-interface.ts'
import { judgeForeignDhcp } from './dhcp/judge-foreign-dhcp.ts'
import { ImageStore } from './install/image-store.ts'
import { TreeStore } from './install/tree-store.ts'
import { BastionError, systemCode } from './platform/bastion-error.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config-schema.ts'
import { judgeDatabaseFile } from './platform/judge-database-file.ts'
import { openJournal } from './platform/journal.ts'
import { migrations } from './platform/migrations.ts'
import { readConfig } from './platform/read-config.ts'

/** Everything that was looked at. A configuration that is not valid ends it: nothing else is known then. */
export async function preflight(path: string): Promise<PreflightCheck[]> {
  let config: Config
  try { config = readConfig(path) } catch (error) {
    if (!(error instanceof BastionError)) throw error
    return [{ what: 'configuration', state: 'missing', because: error.message, nextStep: error.nextStep ?? `Correct ${path}; docs/config.md lists every key.` }]
  }
  return [{ what: 'configuration', state: 'ok', because: `${path} is valid`, nextStep: null }, checkDatabase(config), ...checkDiscovery(config), ...await checkNetwork(config)]
}

function checkDatabase(config: Config): PreflightCheck {
  const { database } = statePaths(config)
  const check = judgeDatabaseFile(database, readHead(database), migrations.length)
  return { what: 'database', ...check }
}

function checkDiscovery(config: Config): PreflightCheck[] {
  const os = discoveryOs(config)
  if (os === null) return []
  const trees = new TreeStore({ directory: config.os.directory, clock: systemClock, journal: openJournal('silent'), stallMs: 0 })
  const fault = discoveryFault(config, new ImageStore(config.os.directory).find(os) ?? trees.find(os))
  return [{ what: 'discovery', state: fault === null ? 'ok' : 'missing', because: fault ?? `the installer of ${os} discovers machines, and its tree is there`, nextStep: fault === null ? null : `labctl os add ${os} --url https://MIRROR/…/os/` }]
}

function readHead(path: string): Buffer | 'none' | 'unreadable' {
  try {
    const file = openSync(path, 'r')
    try {
      const head = Buffer.alloc(100)
      return head.subarray(0, readSync(file, head))
    } finally { closeSync(file) }
  } catch (error) { return systemCode(error) === 'ENOENT' ? 'none' : 'unreadable' }
}

async function checkNetwork({ dhcp, bootPlane }: Config): Promise<PreflightCheck[]> {
  const name = dhcp.interface
  if (name === null) return []
  const found = await findInterface(name)
  const at = { what: 'interface', nextStep: 'ip -brief address' }
  if (found === null) return [{ ...at, state: 'missing', because: `there is no ${name} on this host, and dhcp.interface names it` }]
  if (!found.up) return [{ ...at, state: 'missing', because: `${name} is down`, nextStep: `ip link set ${name} up` }]
  if (!found.addresses.some(address => address.startsWith(`${bootPlane.address}/`))) return [{ ...at, state: 'missing', because: `${name} has not the address of the boot plane, ${bootPlane.address}; it has ${found.addresses.join(', ') || 'none'}`, nextStep: `ip address add ${bootPlane.address}/24 dev ${name}; or correct bootPlane.address` }]
  const there: PreflightCheck = { what: 'interface', state: 'ok', because: `${name} is up, with ${bootPlane.address}`, nextStep: null }
  if (dhcp.mode === 'off') return [there]
  return [there, await checkForeignDhcp(name, dhcp.mode, dhcp.allowForeignServer, found.addresses)]
}

async function checkForeignDhcp(name: string, mode: 'server' | 'proxy', allowed: boolean, own: readonly string[]): Promise<PreflightCheck> {
  const what = 'other DHCP servers'
  try {
    // This bastion's own dnsmasq answers too, where it runs.
    const servers = (await findForeignDhcp(name)).filter(({ server }) => !own.some(address => address.startsWith(`${server}/`)))
    const judgement = judgeForeignDhcp(mode, name, servers, allowed)
    if (judgement.kind === 'refusal') return { what, state: 'missing', because: judgement.refusal.because, nextStep: judgement.refusal.nextStep }
    return { what, state: judgement.warn ? 'warning' : 'ok', because: judgement.say, nextStep: judgement.warn ? 'docs/networks.md says what belongs together.' : null }
  } catch (error) {
    return { what, state: 'unknown', because: `they could not be looked for on ${name}: ${(error as Error).message.split('\n')[0]}`, nextStep: 'sudo labctl-bastion preflight' }
  }
}
