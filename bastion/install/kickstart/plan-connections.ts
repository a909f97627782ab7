// From the network of a machine's settings to connections of NetworkManager (nm-settings-keyfile(5)): the same network that plan-network-files.ts makes for systemd-networkd.
import type { MachineSettings, NetworkSettings } from '../../../protocol/machine-settings.ts'
import { parseMac } from '../../../protocol/names.ts'
import { deriveUuid } from '../../volumes/derive-uuid.ts'
import type { SettingsFile, SettingsView } from '../settings-views.ts'

type View = SettingsView<'nmconnection'>
interface Addressing { dhcp?: boolean, addresses?: string[], gateway?: string, gateway6?: string }
/** What all connections of a machine have in common. */
interface Ground { dns: readonly string[], search: string[], someGateway: boolean, someGateway6: boolean }

/** Connections are known by UUIDs, which need only be the same in all files of one machine. */
const seed = '6c616263-746c-8000-a000-6e6574776f72'
const uuidOf = (id: string): string => deriveUuid(seed, id)
const nothing: View['ipv4'] = { method: 'disabled', addresses: [], gateway: '', neverDefault: false, dns: [], ignoreDns: false, search: [] }

/** The files. `mac`: of the card that the machine boots from; where no network is given it asks DHCP, and so does every other card. */
export function planConnections({ network, dns = [], searchDomains = [] }: MachineSettings, mac: string): SettingsFile[] {
  const ground = (given: NetworkSettings): Ground => {
    const all = [...given.cards ?? [], ...given.bonds ?? [], ...given.vlans ?? []]
    return { dns, search: searchDomains, someGateway: all.some(({ gateway }) => gateway !== undefined), someGateway6: all.some(({ gateway6 }) => gateway6 !== undefined) }
  }
  if (network === undefined) {
    const dhcp = addressing({ dhcp: true }, ground({}))
    return [connection('labctl', { mac, ...dhcp }), connection('labctl-others', { others: true, ...dhcp })]
  }
  return [...interfaceFiles(network, ground(network)), { path: '/etc/NetworkManager/conf.d/10-labctl.conf', mode: '0644', template: 'nm-only-ours', view: {} }]
}

function interfaceFiles({ cards = [], bonds = [], vlans = [] }: NetworkSettings, ground: Ground): SettingsFile[] {
  const idOf = (mac: string): string => `labctl-${parseMac(mac)!.replaceAll(':', '')}`
  // A card that only carries tagged networks need not be named by itself.
  const trunks = [...new Set(vlans.map(({ on }) => parseMac(on)))].filter(mac => mac !== null && !cards.some(card => parseMac(card.mac) === mac))
  const all: (Addressing & { mac: string })[] = [...cards, ...trunks.map(mac => ({ mac: mac! }))]
  return [
    ...all.map(card => connection(idOf(card.mac), { mac: parseMac(card.mac)!, ...addressing(card, ground) })),
    ...bonds.flatMap(bond => [
      connection(`labctl-${bond.name}`, { type: 'bond', interfaceName: bond.name, clonedMac: parseMac(bond.members[0]!)!, bondMode: bond.mode, ...addressing(bond, ground) }),
      ...bond.members.map(member => connection(idOf(member), { mac: parseMac(member)!, controller: bond.name })),
    ]),
    ...vlans.map(vlan => connection(`labctl-vlan${vlan.id}`, { type: 'vlan', interfaceName: `vlan${vlan.id}`, vlan: vlan.id, parent: parseMac(vlan.on) === null ? vlan.on : uuidOf(idOf(vlan.on)), ...addressing(vlan, ground) })),
  ]
}

// NetworkManager takes no file that others than root can read.
function connection(id: string, view: Partial<View>): SettingsFile {
  const plain: View = { id, uuid: uuidOf(id), type: 'ethernet', interfaceName: '', mac: '', clonedMac: '', controller: '', others: false, bondMode: '', vlan: 0, parent: '', ipv4: nothing, ipv6: nothing, clientId: false }
  return { path: `/etc/NetworkManager/system-connections/${id}.nmconnection`, mode: '0600', template: 'nmconnection', view: { ...plain, ...view } }
}

/** A gateway that is given is the only default route: what DHCP or a router tells is not taken beside it. It stands as a route, which `never-default` leaves alone. */
function addressing({ dhcp = false, addresses = [], gateway = '', gateway6 = '' }: Addressing, { dns, search, someGateway, someGateway6 }: Ground): Pick<View, 'ipv4' | 'ipv6' | 'clientId'> {
  const [wide, narrow] = [addresses.filter(address => address.includes(':')), addresses.filter(address => !address.includes(':'))]
  const numbered = (texts: readonly string[]) => texts.map((address, index) => ({ number: index + 1, address }))
  // Name servers are not allowed where there is no address to ask them from: NetworkManager would take the whole connection for invalid.
  const names = (method: View['ipv4']['method'], servers: readonly string[]) => (method === 'auto' || method === 'manual' ? { method, dns: [...servers], ignoreDns: dhcp && dns.length > 0, search } : { method, dns: [], ignoreDns: false, search: [] })
  const method4 = dhcp ? 'auto' : narrow.length > 0 ? 'manual' : 'disabled'
  const method6 = dhcp ? 'auto' : wide.length > 0 ? 'manual' : addresses.length > 0 ? 'link-local' : 'disabled'
  return {
    clientId: dhcp,
    ipv4: { ...names(method4, dns.filter(server => !server.includes(':'))), addresses: numbered(narrow), gateway, neverDefault: dhcp && someGateway },
    ipv6: { ...names(method6, dns.filter(server => server.includes(':'))), addresses: numbered(wide), gateway: gateway6, neverDefault: dhcp && someGateway6 },
  }
}
