import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { writePrivately } from '../config/write-privately.ts'

/** Writes a first bastion.yaml: loopback only, DHCP off, everything below `state`. Leaves a file that is there alone, and says whether it was made. */
export function ensureConfig(path: string, state: string): boolean {
  mkdirSync(state, { recursive: true, mode: 0o700 })
  if (statSync(path, { throwIfNoEntry: false }) !== undefined) return false
  writePrivately(path, `# Written by labctl init bastion standalone start. docs/config.md lists every key.
# It serves this host only, and no DHCP. To serve machines: set both addresses to this host's
# address in their network, dhcp.interface to its interface, and dhcp.mode to server with
# rangeStart and rangeEnd, or to proxy beside another DHCP server (docs/networks.md).
state: ${JSON.stringify(state)}
bootPlane:
  address: 127.0.0.1
  port: 8080
controlPlane:
  address: 127.0.0.1
  port: 8443
dhcp:
  mode: 'off'
ramdisk:
  directory: ${JSON.stringify(join(state, 'ramdisk'))}
os:
  directory: ${JSON.stringify(join(state, 'os'))}
`)
  return true
}

/** Where a bastion with this configuration listens and keeps its builds; the defaults of docs/config.md where the file says nothing, and null when it can't be read. `interface`: where dnsmasq answers. `discoverer`: the installation tree whose installer discovers machines; null where the RAM disk does. */
export interface BastionPlaces { control: { address: string, port: number }, boot: { address: string, port: number }, ramdisk: string, os: string, state: string, dhcp: 'off' | 'proxy' | 'server', interface: string | null, discoverer: string | null }

/** See {@link BastionPlaces}. It is not judged here: `labctl-bastion --check-config` does that. */
export function readPlaces(path: string): BastionPlaces | null {
  let file: Record<string, unknown>
  try { file = (parse(readFileSync(path, 'utf8')) ?? {}) as Record<string, unknown> } catch { return null }
  const text = (at: readonly [string, string?], fallback: string) => { const value = look(file, at); return typeof value === 'string' ? value : fallback }
  const port = (section: string, fallback: number) => { const value = look(file, [section, 'port']); return typeof value === 'number' ? value : fallback }
  return {
    control: { address: text(['controlPlane', 'address'], '127.0.0.1'), port: port('controlPlane', 8443) },
    boot: { address: text(['bootPlane', 'address'], '127.0.0.1'), port: port('bootPlane', 8080) },
    state: text(['state'], '/var/lib/labctl-bastion'),
    ramdisk: text(['ramdisk', 'directory'], '/var/lib/labctl-bastion/ramdisk'), os: text(['os', 'directory'], '/var/lib/labctl-bastion/os'),
    dhcp: (['proxy', 'server'] as const).find(mode => mode === look(file, ['dhcp', 'mode'])) ?? 'off',
    interface: text(['dhcp', 'interface'], '') || null,
    discoverer: text(['discovery', 'by'], 'ramdisk') === 'kickstart' ? text(['discovery', 'os'], '') || null : null,
  }
}

function look(file: Record<string, unknown>, [section, key]: readonly [string, string?]): unknown {
  const value = file[section]
  return key === undefined ? value : (value as Record<string, unknown> | null | undefined)?.[key]
}
