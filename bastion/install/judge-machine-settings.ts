// Decides whether a machine with these facts can have its settings, for the operator who orders and for the machine itself: refused before anything is touched.
import type { Facts } from '../../protocol/facts.ts'
import type { MachineSettings, NetworkSettings } from '../../protocol/machine-settings.ts'
import { parseMac } from '../../protocol/names.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { judgeSettings } from '../platform/judge-settings.ts'
import { contains, parseAddress, parsePrefixed } from '../platform/parse-address.ts'

const nextStep = 'Correct them: labctl provision set, or install.settings in bastion.yaml; labctl provision describe shows where each comes from.'

/** Why not; empty when it can. `bastion`: the address that its first boot reports to. */
export function judgeMachineSettings(settings: MachineSettings, { nics }: Pick<Facts, 'nics'>, bastion: string): Refusal[] {
  const invalid = judgeSettings(settings).map(mistake => ({ code: 'settings-invalid', because: `The settings can’t work: ${mistake}.`, nextStep }))
  if (settings.network === undefined) return invalid
  const there = new Set(nics.map(({ mac }) => mac))
  const missing = macsOf(settings.network).filter(mac => !there.has(mac))
  return [
    ...invalid,
    ...missing.map(mac => ({ code: 'settings-nic-missing', because: `The settings name the card ${mac}, which the machine does not have; it has ${[...there].join(', ') || 'none'}.`, nextStep })),
    ...reaches(settings.network, bastion) ? [] : [{ code: 'settings-bastion-unreachable', because: `With these settings the new system could not reach the bastion at ${bastion}: it is in no network of theirs, and there is no gateway and no DHCP.`, nextStep: `Give a gateway, or an address in the network of ${bastion}. ${nextStep}` }],
  ]
}

function macsOf({ cards = [], bonds = [], vlans = [] }: NetworkSettings): string[] {
  const named = [...cards.map(({ mac }) => mac), ...bonds.flatMap(({ members }) => members), ...vlans.map(({ on }) => on)]
  return [...new Set(named.map(parseMac).filter(mac => mac !== null))]
}

function reaches({ cards = [], bonds = [], vlans = [] }: NetworkSettings, bastion: string): boolean {
  const address = parseAddress(bastion)
  return address === null || [...cards, ...bonds, ...vlans].some(({ dhcp, gateway, addresses = [] }) => dhcp === true || gateway !== undefined || addresses.map(parsePrefixed).some(network => network !== null && contains(network, address)))
}

/** Why a root image of Debian can't have them; empty when it can: what has no effect there is no silent loss. */
export function judgeImageSettings({ packages = [], kickstart = [] }: MachineSettings, os: string): Refusal[] {
  // Debian Policy, section 5.6.7.
  const foreign = packages.filter(name => !/^[a-z0-9][a-z0-9+.-]+$/.test(name))
  const refuse = (because: string) => ({ code: 'settings-not-here', because: `${because} ${os} is installed from a root image of Debian.`, nextStep: `Leave it out for this machine. ${nextStep}` })
  return [
    ...foreign.length === 0 ? [] : [refuse(`The setting packages names ${foreign.join(', ')}, and no Debian package can be called so.`)],
    ...kickstart.length === 0 ? [] : [refuse('The setting kickstart has no effect where Anaconda does not install.')],
  ]
}
