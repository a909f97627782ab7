// From the network of a machine's settings to files of systemd-networkd (systemd.network(5), systemd.netdev(5)).
import type { MachineSettings, NetworkSettings } from '../../protocol/machine-settings.ts'
import { parseMac } from '../../protocol/names.ts'
import type { SettingsFile, SettingsView } from './settings-views.ts'

type View = SettingsView<'network'>
interface Addressing { dhcp?: boolean, addresses?: string[], gateway?: string, gateway6?: string }

/** The files. `mac`: of the card that the machine boots from, which asks DHCP where no network is given. */
export function planNetworkFiles({ network, dns = [], searchDomains = [] }: MachineSettings, mac: string): SettingsFile[] {
  const resolved: SettingsFile[] = dns.length + searchDomains.length === 0 ? [] : [{ path: '/etc/systemd/resolved.conf.d/10-labctl.conf', mode: '0644', template: 'resolved', view: { dns, domains: searchDomains } }]
  if (network === undefined) {
    const others: SettingsFile[] = dns.length === 0 ? [] : [{ path: '/etc/systemd/network/20-labctl.network.d/10-labctl.conf', mode: '0644', template: 'no-dns', view: {} }]
    return [fileOf('10-labctl', { ...plain, permanent: [mac], ...addressingView({ dhcp: true }, dns, {}) }), ...others, ...resolved]
  }
  return [...interfaceFiles(network, dns), fileOf('20-labctl', { ...plain, rest: true }), ...resolved]
}

function interfaceFiles(network: NetworkSettings, dns: readonly string[]): SettingsFile[] {
  const { cards = [], bonds = [], vlans = [] } = network
  const vlansOn = (parent: string) => vlans.filter(({ on }) => (parseMac(on) ?? on) === parent).map(({ id }) => `vlan${id}`)
  const view = (addressing: Addressing) => addressingView(addressing, dns, network)
  // A card that only carries tagged networks need not be named by itself.
  const trunks = [...new Set(vlans.map(({ on }) => parseMac(on)))].filter(mac => mac !== null && !cards.some(card => parseMac(card.mac) === mac))
  const all: (Addressing & { mac: string })[] = [...cards, ...trunks.map(mac => ({ mac: mac! }))]
  return [
    ...all.map(card => ({ ...card, mac: parseMac(card.mac)! })).flatMap(card => cardFiles(card.mac.replaceAll(':', ''), [card.mac], { vlans: vlansOn(card.mac), ...view(card) })),
    ...bonds.flatMap(bond => [
      netdev(bond.name, { name: bond.name, bondMode: bond.mode, mac: parseMac(bond.members[0]!)!, vlan: 0 }),
      ...cardFiles(`${bond.name}-members`, bond.members.map(member => parseMac(member)!), { bond: bond.name }),
      fileOf(`10-labctl-${bond.name}`, { ...plain, name: bond.name, vlans: vlansOn(bond.name), ...view(bond) }),
    ]),
    ...vlans.flatMap(vlan => [
      netdev(`vlan${vlan.id}`, { name: `vlan${vlan.id}`, bondMode: '', mac: '', vlan: vlan.id }),
      fileOf(`10-labctl-vlan${vlan.id}`, { ...plain, name: `vlan${vlan.id}`, ...view(vlan) }),
    ]),
  ]
}

const plain: View = { permanent: [], current: [], name: '', rest: false, bond: '', vlans: [], dhcp: false, dhcpGateway: true, raGateway: true, dhcpDns: true, linkLocal: false, addresses: [], gateways: [] }
const fileOf = (name: string, view: View): SettingsFile => ({ path: `/etc/systemd/network/${name}.network`, mode: '0644', template: 'network', view })
const netdev = (name: string, view: SettingsView<'netdev'>): SettingsFile => ({ path: `/etc/systemd/network/10-labctl-${name}.netdev`, mode: '0644', template: 'netdev', view })

/**
 * Two files for cards, of which networkd takes the first that matches: by the permanent address, which stays what it is when a card becomes a bond's member and takes the bond's;
 * and by the present one, for drivers that tell no permanent address. A bond's members stand in one file: the bond's address, which each of them has once it is one, then still means what it is.
 * VLANs, bonds and what containers make have a card's address too, but also a kind, which no card has.
 */
function cardFiles(name: string, macs: readonly string[], view: Partial<View>): SettingsFile[] {
  return [fileOf(`10-labctl-${name}`, { ...plain, permanent: [...macs], ...view }), fileOf(`15-labctl-${name}`, { ...plain, current: [...macs], ...view })]
}

/** A gateway that is given is the only default route: what DHCP or a router tells is not taken beside it. */
function addressingView({ dhcp = false, addresses = [], gateway, gateway6 }: Addressing, dns: readonly string[], network: NetworkSettings): Partial<View> {
  const all = [...network.cards ?? [], ...network.bonds ?? [], ...network.vlans ?? []]
  return {
    dhcp, addresses, gateways: [gateway, gateway6].filter(found => found !== undefined), linkLocal: dhcp || addresses.length > 0,
    dhcpGateway: all.every(found => found.gateway === undefined), raGateway: all.every(found => found.gateway6 === undefined), dhcpDns: dns.length === 0,
  }
}
