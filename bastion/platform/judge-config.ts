// Decides whether a configuration that has the right form also makes sense, for the operator who wrote it.
import type { Config } from './config-schema.ts'

/** The mistakes of a configuration that no schema sees; empty when there are none. */
export function judgeConfig(config: Config): string[] {
  return [...judgeDhcp(config), ...judgePlanes(config), ...Object.entries(config.install.layouts).flatMap(([role, layout]) => judgeLayout(role, layout)), ...judgeRole(config)]
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

function judgeLayout(role: string, layout: Config['install']['layouts'][string]): string[] {
  const at = `install.layouts.${role}`
  const twice = (values: string[]) => values.filter((value, index) => values.indexOf(value) !== index)
  return [
    ...twice(layout.volumes.map(volume => volume.mount)).map(mount => `${at}: ${mount} is wanted twice`),
    ...twice(layout.volumes.map(volume => volume.name)).map(name => `${at}: two volumes are named ${name}`),
    ...layout.volumes.some(volume => volume.mount === '/') ? [] : [`${at}: no volume is mounted on /`],
    ...layout.volumes.filter(volume => volume.sizeMib === 'rest').length > 1 ? [`${at}: only one volume can have the rest`] : [],
    ...layout.volumes.filter(volume => (volume.mount === 'swap') !== (volume.filesystem === 'swap')).map(volume => `${at}: volume ${volume.name} must have mount and filesystem both swap, or neither`),
    ...layout.volumes.filter(volume => volume.keep && volume.mount === '/').map(() => `${at}: / is reformatted by every install and cannot be kept`),
  ]
}

function judgeRole({ install }: Config): string[] {
  return install.layouts[install.role] === undefined ? [`install.role: there is no layout for ${install.role}; there are ${Object.keys(install.layouts).join(', ')}`] : []
}

function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}
