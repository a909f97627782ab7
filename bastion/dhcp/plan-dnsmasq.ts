// Decides what dnsmasq is told, from the operator's configuration and the boot programs that are there.
import type { BootProgram } from '../../ipxe/boot-programs.ts'
import type { Config } from '../platform/config-schema.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { DnsmasqView } from './render-dnsmasq.ts'

/** What dnsmasq's files are called and where the boot plane is (`http://ADDRESS:PORT`, no slash at the end). */
export interface DhcpSurroundings {
  bootUrl: string
  leaseFile: string
  tftpRoot: string
  programs: readonly BootProgram[]
}

/** The values of dnsmasq's configuration, or why there can be none. */
export function planDnsmasq(dhcp: Config['dhcp'], { bootUrl, leaseFile, tftpRoot, programs }: DhcpSurroundings): { kind: 'view', view: DnsmasqView } | { kind: 'refusal', refusal: Refusal } {
  if (dhcp.interface === null || dhcp.rangeStart === null || dhcp.rangeEnd === null) {
    return refuse('Server mode needs dhcp.interface, dhcp.rangeStart and dhcp.rangeEnd.', 'Set them in bastion.yaml, or dhcp.mode: off.')
  }
  const odd = [leaseFile, tftpRoot].find(path => !/^[\w./@+-]+$/.test(path))
  if (odd !== undefined) return refuse(`dnsmasq's configuration can't hold the path ${JSON.stringify(odd)}: only letters, digits and ./@_+- go.`, 'Choose another folder for state.')
  return {
    kind: 'view',
    view: {
      interface: dhcp.interface, rangeStart: dhcp.rangeStart, rangeEnd: dhcp.rangeEnd, netmask: dhcp.netmask,
      leaseMinutes: dhcp.leaseMinutes, leaseMax: Math.min(addressesBetween(dhcp.rangeStart, dhcp.rangeEnd), 65_536), leaseFile,
      router: dhcp.router, dns: dhcp.dns, routerAdvertisements: dhcp.routerAdvertisements,
      tftpRoot, script: `${bootUrl}/boot.ipxe`,
      programs: programs.map(program => ({
        tag: program.tag, architectures: [...program.asked], http: program.loadedBy === 'http',
        bootFile: program.loadedBy === 'http' ? `${bootUrl}${httpPath(program)}` : program.file,
      })),
    },
  }
}

/** The path of a boot program on the boot plane. */
export function httpPath(program: BootProgram): string {
  return `/ipxe/${program.file}`
}

function refuse(because: string, nextStep: string): { kind: 'refusal', refusal: Refusal } {
  return { kind: 'refusal', refusal: { code: 'dhcp-config', because, nextStep } }
}

function addressesBetween(first: string, last: string): number {
  const number = (address: string) => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return Math.max(1, number(last) - number(first) + 1)
}
