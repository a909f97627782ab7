import { rehearsalNetwork as network } from './rehearsal-network.ts'

/** A tree of settings. */
export interface Settings { [key: string]: unknown }

/** Who leases the addresses of a rehearsal: the bastion, or somebody else, beside whom it is a proxy. */
export type RehearsalDhcp = 'server' | 'proxy'

/** The bastion.yaml of a rehearsal; `more` is laid over it, section by section. */
export function rehearsalConfig(at: { state: string, ramdisk: string, os: string }, more: Settings = {}, dhcp: RehearsalDhcp = 'server'): Settings {
  return mergeSettings({
    state: at.state,
    bootPlane: { address: network.address, port: network.bootPort },
    controlPlane: { address: network.address, port: network.controlPort },
    dhcp: { mode: dhcp, interface: network.bridge, ...dhcp === 'server' ? { rangeStart: network.rangeStart, rangeEnd: network.rangeEnd } : {} },
    // An emulated machine on a busy host takes longer than systemd waits for a device by itself (90 s).
    ramdisk: { directory: at.ramdisk, console: ['tty0', 'ttyS0,115200n8'], arguments: ['systemd.default_device_timeout_sec=900'] },
    os: { directory: at.os },
    // Everything comes from one host here: who follows a machine asks several times a second, and a bench asks as much as it can.
    limits: { clientPerMinute: 1_000_000, conversationPerMinute: 1_000_000, bootPlanePerMinute: 1_000_000, strangersPerMinute: 1_000_000, connections: 100_000, connectionsPerAddress: 100_000, discoveredMachines: 1_000_000 },
  }, more)
}

/** `more` laid over `base`: objects are merged, everything else is replaced. */
export function mergeSettings(base: Settings, more: Settings): Settings {
  const isTree = (value: unknown): value is Settings => typeof value === 'object' && value !== null && !Array.isArray(value)
  const merged = { ...base }
  for (const [key, value] of Object.entries(more)) {
    const old = merged[key]
    merged[key] = isTree(old) && isTree(value) ? mergeSettings(old, value) : value
  }
  return merged
}
