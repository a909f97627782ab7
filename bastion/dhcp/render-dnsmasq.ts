// Writes dnsmasq's configuration: DHCP server, proxyDHCP, or TFTP alone.
import { Type, type Static } from 'typebox'
import { compileTemplate } from '../platform/compile-template.ts'

const OrNull = Type.Union([Type.String(), Type.Null()])

/** Everything that `templates/dnsmasq.conf.hbs` prints. Paths and names must be plain words: dnsmasq's configuration has no quoting. */
export const DnsmasqViewSchema = Type.Object({
  interface: Type.String(),
  netmask: Type.String(),
  proxyNetwork: Type.Union([Type.String(), Type.Null()], { description: 'The network in which somebody else leases addresses; null when not beside anybody' }),
  ranges: Type.Array(Type.Object({ tag: Type.String(), parts: Type.Array(Type.Object({ rangeStart: Type.String(), rangeEnd: Type.String() })), netmask: Type.String(), router: OrNull, dns: Type.Array(Type.String()), minutes: Type.Integer() }), { description: 'What is leased; none when not a server' }),
  reservations: Type.Array(Type.Object({ mac: Type.String(), address: Type.String() })),
  leaseMax: Type.Integer({ description: 'Most leases at a time; dnsmasq’s own default is 1000' }),
  leaseFile: Type.String(),
  routerAdvertisements: Type.Boolean(),
  tftpRoot: Type.String(),
  script: Type.String({ description: 'URL of the first iPXE script' }),
  programs: Type.Array(Type.Object({
    tag: Type.String(),
    architectures: Type.Array(Type.Integer(), { description: 'Values of DHCP option 93' }),
    bootFile: Type.String({ description: 'File name for TFTP, or a URL' }),
    http: Type.Boolean({ description: 'UEFI HTTP boot: the firmware wants option 60 back' }),
    bios: Type.Boolean(),
  })),
}, { additionalProperties: false })
/** See {@link DnsmasqViewSchema}. */
export type DnsmasqView = Static<typeof DnsmasqViewSchema>

const template = compileTemplate<DnsmasqView>(new URL('../../templates/dnsmasq.conf.hbs', import.meta.url))

/** The configuration file's text. Throws for a value that is not a plain word. */
export function renderDnsmasq(view: DnsmasqView): string {
  return template(view)
}
