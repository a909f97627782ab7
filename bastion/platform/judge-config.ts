// Decides whether a configuration that has the right form also makes sense, for the operator who wrote it.
import type { Config } from './config-schema.ts'
import { judgeLayout } from './judge-layout.ts'

/** The mistakes of a configuration that no schema sees; empty when there are none. */
export function judgeConfig(config: Config): string[] {
  return [...judgeDhcp(config), ...judgePlanes(config), ...Object.entries(config.install.layouts).flatMap(([role, layout]) => judgeLayout(layout).map(mistake => `install.layouts.${role}: ${mistake}`)), ...judgeRole(config), ...judgeTimezone(config)]
}

function judgeDhcp({ dhcp, bootPlane }: Config): string[] {
  if (dhcp.mode === 'off') return []
  const mistakes: string[] = []
  if (dhcp.interface === null) mistakes.push('dhcp.interface: server mode needs the name of the interface to answer on')
  if (dhcp.rangeStart === null || dhcp.rangeEnd === null) return [...mistakes, 'dhcp.rangeStart and dhcp.rangeEnd: server mode needs both']
  const mask = addressNumber(dhcp.netmask)
  const net = (address: string) => (addressNumber(address) & mask) >>> 0
  if (((~mask >>> 0) & ((~mask >>> 0) + 1)) !== 0) mistakes.push(`dhcp.netmask: ${dhcp.netmask} is not a netmask`)
  if (addressNumber(dhcp.rangeStart) > addressNumber(dhcp.rangeEnd)) mistakes.push(`dhcp.rangeStart ${dhcp.rangeStart} lies behind dhcp.rangeEnd ${dhcp.rangeEnd}`)
  for (const [key, address] of [['dhcp.rangeEnd', dhcp.rangeEnd], ['bootPlane.address', bootPlane.address], ['dhcp.router', dhcp.router]] as const) {
    if (address !== null && net(address) !== net(dhcp.rangeStart)) mistakes.push(`${key}: ${address} is not in the network of dhcp.rangeStart ${dhcp.rangeStart} with netmask ${dhcp.netmask}`)
  }
  if (addressNumber(bootPlane.address) >= addressNumber(dhcp.rangeStart) && addressNumber(bootPlane.address) <= addressNumber(dhcp.rangeEnd)) mistakes.push(`bootPlane.address: ${bootPlane.address} lies inside the range that is leased`)
  return mistakes
}

function judgePlanes({ bootPlane, controlPlane }: Config): string[] {
  return bootPlane.address === controlPlane.address && bootPlane.port === controlPlane.port ? [`controlPlane.port: ${controlPlane.port} is the boot plane’s too`] : []
}

function judgeRole({ install }: Config): string[] {
  return install.layouts[install.role] === undefined ? [`install.role: there is no layout for ${install.role}; there are ${Object.keys(install.layouts).join(', ')}`] : []
}

// Without it the install would end with a clock in UTC and say nothing.
function judgeTimezone({ install }: Config): string[] {
  try {
    Intl.DateTimeFormat('en', { timeZone: install.timezone })
    return []
  } catch {
    return [`install.timezone: there is no time zone ${install.timezone}; wanted is a name such as Europe/Berlin`]
  }
}

function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
