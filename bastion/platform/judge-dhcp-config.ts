// Decides whether what the configuration says of DHCP makes sense, for the operator who wrote it.
import { addressNumber, isNetmask, networkOf } from './address-number.ts'
import type { Config } from './config-schema.ts'

/** One network that addresses are leased in. `at`: where it stands in the configuration. */
interface Leased { at: string, network: string, netmask: string, rangeStart: string, rangeEnd: string, router: string | null }

/** The mistakes; empty when there are none. */
export function judgeDhcpConfig(config: Config): string[] {
  const { dhcp, bootPlane } = config
  if (dhcp.mode === 'off') return []
  const mistakes: string[] = []
  if (dhcp.interface === null) mistakes.push(`dhcp.interface: ${dhcp.mode} mode needs the name of the interface to answer on`)
  if (!isNetmask(dhcp.netmask)) mistakes.push(`dhcp.netmask: ${dhcp.netmask} is not a netmask`)
  return [...mistakes, ...dhcp.mode === 'proxy' ? judgeProxy(config) : judgeServer(dhcp, bootPlane.address)]
}

function judgeProxy({ dhcp, bootPlane }: Config): string[] {
  const leasing = (['rangeStart', 'rangeEnd', 'router'] as const).filter(key => dhcp[key] !== null).map(key => `dhcp.${key}`)
  const lists = (['dns', 'subnets', 'reservations'] as const).filter(key => dhcp[key].length > 0).map(key => `dhcp.${key}`)
  const mistakes = [...leasing, ...lists].map(key => `${key}: proxy mode leases nothing, the network’s own DHCP server does; leave it out, or choose server mode`)
  return bootPlane.address.startsWith('127.') ? [...mistakes, `bootPlane.address: ${bootPlane.address} is no address that machines reach; proxy mode needs this host’s address on dhcp.interface`] : mistakes
}

function judgeServer(dhcp: Config['dhcp'], bootAddress: string): string[] {
  if ((dhcp.rangeStart === null || dhcp.rangeEnd === null) && (dhcp.subnets.length === 0 || dhcp.rangeStart !== dhcp.rangeEnd)) return ['dhcp.rangeStart and dhcp.rangeEnd: server mode needs both']
  const own = dhcp.rangeStart === null || dhcp.rangeEnd === null ? [] : [{ at: 'dhcp', network: networkOf(dhcp.rangeStart, dhcp.netmask), netmask: dhcp.netmask, rangeStart: dhcp.rangeStart, rangeEnd: dhcp.rangeEnd, router: dhcp.router }]
  const relayed = dhcp.subnets.map((subnet, index) => ({ at: `dhcp.subnets.${index}`, ...subnet }))
  const mistakes = [...own.flatMap(one => judgeRange(one)), ...relayed.flatMap(one => [...judgeSubnet(one), ...judgeRange(one)])]
  for (const one of own) {
    if (networkOf(bootAddress, one.netmask) !== one.network) mistakes.push(`bootPlane.address: ${bootAddress} is not in the network of dhcp.rangeStart ${one.rangeStart} with netmask ${one.netmask}`)
  }
  for (const one of [...own, ...relayed]) {
    if (isBetween(bootAddress, one)) mistakes.push(`bootPlane.address: ${bootAddress} lies inside the range that is leased`)
  }
  return [...mistakes, ...judgeOverlaps([...own, ...relayed]), ...judgeReservations(dhcp.reservations, [...own, ...relayed], bootAddress)]
}

function judgeSubnet({ at, network, netmask }: Leased): string[] {
  if (!isNetmask(netmask)) return [`${at}.netmask: ${netmask} is not a netmask`]
  return networkOf(network, netmask) === network ? [] : [`${at}.network: ${network} is not a network with netmask ${netmask}; that would be ${networkOf(network, netmask)}`]
}

function judgeRange({ at, network, netmask, rangeStart, rangeEnd, router }: Leased): string[] {
  const mistakes = addressNumber(rangeStart) > addressNumber(rangeEnd) ? [`${at}.rangeStart ${rangeStart} lies behind ${at}.rangeEnd ${rangeEnd}`] : []
  for (const [key, address] of [['rangeStart', rangeStart], ['rangeEnd', rangeEnd], ['router', router]] as const) {
    if (address !== null && networkOf(address, netmask) !== network) mistakes.push(`${at}.${key}: ${address} is not in the network ${network} of ${at}.rangeStart ${rangeStart} with netmask ${netmask}`)
  }
  return mistakes
}

// dnsmasq would lease from either, and one machine's address would depend on which it looks at first.
function judgeOverlaps(networks: readonly Leased[]): string[] {
  return networks.flatMap((one, index) => networks.slice(0, index).filter(other => networkOf(one.network, other.netmask) === other.network || networkOf(other.network, one.netmask) === one.network)
    .map(other => `${one.at}: ${one.network} with netmask ${one.netmask} overlaps ${other.at}, ${other.network} with netmask ${other.netmask}`))
}

function judgeReservations(reservations: Config['dhcp']['reservations'], networks: readonly Leased[], bootAddress: string): string[] {
  const seen = new Map<string, string>()
  return reservations.flatMap(({ mac, address }, index) => {
    const at = `dhcp.reservations.${index}`
    const mistakes: string[] = []
    for (const key of [mac.toLowerCase(), address]) {
      if (seen.has(key)) mistakes.push(`${at}: ${key} is in ${seen.get(key)} too`)
      else seen.set(key, at)
    }
    if (address === bootAddress) mistakes.push(`${at}.address: ${address} is the bastion’s own`)
    if (!networks.some(one => networkOf(address, one.netmask) === one.network)) mistakes.push(`${at}.address: ${address} is in none of the networks that addresses are leased in: ${networks.map(one => `${one.network} with netmask ${one.netmask}`).join(', ')}`)
    return mistakes
  })
}

function isBetween(address: string, { rangeStart, rangeEnd }: Leased): boolean {
  return addressNumber(address) >= addressNumber(rangeStart) && addressNumber(address) <= addressNumber(rangeEnd)
}
