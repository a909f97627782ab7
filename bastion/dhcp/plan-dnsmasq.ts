// Decides what dnsmasq is told, from the operator's configuration and the boot programs that are there.
import type { BootProgram } from '../../ipxe/boot-programs.ts'
import { addressNumber, addressOf, networkOf } from '../platform/address-number.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { DnsmasqView } from './render-dnsmasq.ts'
import { decideRangeSplit } from './decide-range-split.ts'

/** What dnsmasq's files are called and where the boot plane is: `bootUrl` is `http://ADDRESS:PORT`, without a slash at the end. */
export interface DhcpSurroundings {
  bootAddress: string
  bootUrl: string
  leaseFile: string
  tftpRoot: string
  programs: readonly BootProgram[]
}

type Plan = { kind: 'view', view: DnsmasqView } | { kind: 'refusal', refusal: Refusal }

/** The values of dnsmasq's configuration, or why there can be none. In mode `off` it serves TFTP alone. */
export function planDnsmasq(dhcp: Config['dhcp'], { bootAddress, bootUrl, leaseFile, tftpRoot, programs }: DhcpSurroundings): Plan {
  if (dhcp.interface === null) return refuse('dnsmasq needs dhcp.interface.', 'Set it in bastion.yaml, or dhcp.mode: off.')
  const ranges = dhcp.mode === 'server' ? planRanges(dhcp) : []
  if (dhcp.mode === 'server' && ranges.length === 0) return refuse('Server mode needs dhcp.rangeStart and dhcp.rangeEnd.', 'Set them in bastion.yaml, or dhcp.mode: off.')
  const odd = [leaseFile, tftpRoot].find(path => !/^[\w./@+-]+$/.test(path))
  if (odd !== undefined) return refuse(`dnsmasq's configuration can't hold the path ${JSON.stringify(odd)}: only letters, digits and ./@_+- go.`, 'Choose another folder for state.')
  const reservations = dhcp.mode === 'server' ? dhcp.reservations.map(({ mac, address }) => ({ mac: mac.toLowerCase(), address })) : []
  const leasable = ranges.flatMap(({ parts }) => parts).reduce((sum, { rangeStart, rangeEnd }) => sum + addressesBetween(rangeStart, rangeEnd), reservations.length)
  return {
    kind: 'view',
    view: {
      interface: dhcp.interface, netmask: dhcp.netmask,
      proxyNetwork: dhcp.mode === 'proxy' ? networkOf(bootAddress, dhcp.netmask) : null,
      ranges, reservations, leaseMax: Math.min(leasable, 65_536), leaseFile,
      routerAdvertisements: servesOwnNetwork(dhcp) && dhcp.routerAdvertisements,
      tftpRoot, script: `${bootUrl}/boot.ipxe`,
      programs: programs.map(program => ({
        tag: program.tag, architectures: [...program.asked], http: program.loadedBy === 'http', bios: program.firmware === 'bios',
        bootFile: program.loadedBy === 'http' ? `${bootUrl}${httpPath(program)}` : program.file,
      })),
    },
  }
}

/** Whether the bastion leases addresses in the network of its interface itself, and not only in networks behind relays. */
export function servesOwnNetwork(dhcp: Config['dhcp']): boolean {
  return dhcp.mode === 'server' && dhcp.rangeStart !== null && dhcp.rangeEnd !== null
}

/** The path of a boot program on the boot plane. */
export function httpPath(program: BootProgram): string {
  return `/ipxe/${program.file}`
}

function planRanges({ rangeStart, rangeEnd, netmask, router, dns, leaseMinutes, subnets }: Config['dhcp']): DnsmasqView['ranges'] {
  const own = rangeStart === null || rangeEnd === null ? [] : [{ rangeStart, rangeEnd, netmask, router, dns }]
  return [...own, ...subnets].map((range, index) => ({
    tag: `network${index}`, parts: partsOf(range.rangeStart, range.rangeEnd), netmask: range.netmask, router: range.router, dns: range.dns, minutes: leaseMinutes,
  }))
}

/** dnsmasq leases from the first of them as long as it has a free address. */
function partsOf(rangeStart: string, rangeEnd: string): DnsmasqView['ranges'][number]['parts'] {
  const addresses = addressesBetween(rangeStart, rangeEnd)
  const first = decideRangeSplit(addresses)
  const at = (index: number): string => addressOf(addressNumber(rangeStart) + index)
  return [{ rangeStart, rangeEnd: at(first - 1) }, ...first === addresses ? [] : [{ rangeStart: at(first), rangeEnd }]]
}

function refuse(because: string, nextStep: string): Plan {
  return { kind: 'refusal', refusal: { code: 'dhcp-config', because, nextStep } }
}

function addressesBetween(first: string, last: string): number {
  return Math.max(1, addressNumber(last) - addressNumber(first) + 1)
}
