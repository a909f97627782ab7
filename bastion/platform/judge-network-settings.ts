// Decides whether the network of a machine's settings could work on any machine, for whoever writes them.
import type { NetworkSettings } from '../../protocol/machine-settings.ts'
import { parseMac } from '../../protocol/names.ts'
import { contains, isLinkLocal, isNobodys, isOneMachines, parseAddress, parsePrefixed, type Prefixed } from './parse-address.ts'

interface Interface { at: string, dhcp?: boolean, addresses?: string[], gateway?: string, gateway6?: string, bare: boolean }

/** What is wrong, each with its place, as in `cards.0.gateway: ...`; empty when there is nothing. */
export function judgeNetworkSettings({ cards = [], bonds = [], vlans = [] }: NetworkSettings): string[] {
  const parents = new Set(vlans.map(({ on }) => parseMac(on) ?? on))
  const interfaces: Interface[] = [
    ...cards.map((card, index) => ({ ...card, at: `cards.${index}`, bare: parents.has(parseMac(card.mac) ?? card.mac) })),
    ...bonds.map((bond, index) => ({ ...bond, at: `bonds.${index}`, bare: parents.has(bond.name) })),
    ...vlans.map((vlan, index) => ({ ...vlan, at: `vlans.${index}`, bare: false })),
  ]
  return [
    ...judgeCards(cards, bonds), ...judgeBonds(bonds), ...judgeVlans(vlans, bonds),
    ...interfaces.flatMap(judgeAddressing),
    ...judgeRoutes(interfaces, 'gateway'), ...judgeRoutes(interfaces, 'gateway6'),
    ...twice(interfaces.flatMap(({ at, addresses = [] }) => addresses.map((text, index) => ({ at: `${at}.addresses.${index}`, key: parsePrefixed(text)?.value.toString() ?? text, shown: text.split('/')[0]! })))),
    ...interfaces.some(({ dhcp, addresses = [] }) => dhcp === true || addresses.length > 0) ? [] : ['nothing in it gets an address: the machine could be reached by nobody'],
  ]
}

function judgeCards(cards: NonNullable<NetworkSettings['cards']>, bonds: NonNullable<NetworkSettings['bonds']>): string[] {
  const named = [...cards.map(({ mac }, index) => ({ at: `cards.${index}.mac`, mac })), ...bonds.flatMap(({ members }, index) => members.map((mac, member) => ({ at: `bonds.${index}.members.${member}`, mac })))]
  return [
    ...named.filter(({ mac }) => parseMac(mac) === null).map(({ at, mac }) => `${at}: ${mac} is not the MAC address of a card`),
    ...twice(named.map(({ at, mac }) => ({ at, key: parseMac(mac) ?? mac, shown: mac }))),
  ]
}

function judgeBonds(bonds: NonNullable<NetworkSettings['bonds']>): string[] {
  return [
    ...bonds.flatMap(({ members }, index) => members.length < 2 ? [`bonds.${index}.members: a bond needs at least two cards, and has ${members.length}`] : []),
    ...bonds.flatMap(({ name }, index) => /^(vlan\d+|lo|all|default|bonding.*)$/.test(name) ? [`bonds.${index}.name: ${name} is taken by the system`] : []),
    ...twice(bonds.map(({ name }, index) => ({ at: `bonds.${index}.name`, key: name, shown: name }))),
  ]
}

function judgeVlans(vlans: NonNullable<NetworkSettings['vlans']>, bonds: NonNullable<NetworkSettings['bonds']>): string[] {
  const members = new Set(bonds.flatMap(bond => bond.members.map(mac => parseMac(mac))))
  return [
    ...vlans.flatMap(({ on }, index) => {
      const mac = parseMac(on)
      if (mac === null) return bonds.some(({ name }) => name === on) ? [] : [`vlans.${index}.on: ${on} is neither the MAC address of a card nor a bond named here`]
      return members.has(mac) ? [`vlans.${index}.on: ${on} is a member of a bond; the VLAN belongs on the bond`] : []
    }),
    ...twice(vlans.map(({ id }, index) => ({ at: `vlans.${index}.id`, key: `vlan${id}`, shown: String(id) }))),
  ]
}

function judgeAddressing({ at, dhcp, addresses = [], gateway, gateway6, bare }: Interface): string[] {
  const networks: Prefixed[] = []
  const wrong = addresses.flatMap((text, index) => {
    const parsed = parsePrefixed(text)
    if (parsed !== null) networks.push(parsed)
    if (parsed === null) return [`${at}.addresses.${index}: ${text} is not an address with a prefix, such as 10.0.0.5/24`]
    if (!isOneMachines(parsed)) return [`${at}.addresses.${index}: ${text} can’t be a machine’s address`]
    return isNobodys(parsed) ? [`${at}.addresses.${index}: ${text} is the address of the whole network${parsed.family === 4 ? ', or of everybody in it' : ''}, not of one machine`] : []
  })
  if (dhcp !== true && addresses.length === 0 && !bare) wrong.push(`${at}: it gets no address; wanted is dhcp: true or addresses`)
  for (const [key, text, family] of [['gateway', gateway, 4], ['gateway6', gateway6, 6]] as const) {
    if (text === undefined) continue
    const parsed = parseAddress(text)
    if (parsed?.family !== family) wrong.push(`${at}.${key}: ${text} is not an IPv${family} address`)
    else if (networks.some(network => network.family === family && network.value === parsed.value)) wrong.push(`${at}.${key}: ${text} is the machine’s own address`)
    else if (!isLinkLocal(parsed) && !networks.some(network => contains(network, parsed) && !isNobodys({ ...parsed, bits: network.bits }))) wrong.push(`${at}.${key}: ${text} can’t be reached: it is in no network of ${at}.addresses (${addresses.join(', ') || 'none'})`)
  }
  return wrong
}

function judgeRoutes(interfaces: readonly Interface[], key: 'gateway' | 'gateway6'): string[] {
  const [first, ...more] = interfaces.filter(found => found[key] !== undefined)
  return more.map(found => `${found.at}.${key}: ${found[key]} would be a second default route, beside ${first![key]} of ${first!.at}`)
}

/** A mistake for each thing that an earlier one was already. */
function twice(things: readonly { at: string, key: string, shown: string }[]): string[] {
  return things.flatMap(({ at, key, shown }, index) => {
    const before = things.slice(0, index).find(other => other.key === key)
    return before === undefined ? [] : [`${at}: ${shown} is named already, as ${before.at}`]
  })
}
