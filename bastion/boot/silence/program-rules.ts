// Verdicts about machines that were told a boot program, and did not get as far as iPXE.
import { architectureOf, hasWord, lastIs, type Seen, type VerdictRule } from './verdict-rule.ts'

/** Values of DHCP option 93 (IANA, Processor Architecture Types): those of UEFI HTTP boot, and BIOS. */
const httpBoot = (seen: Seen) => [15, 16, 18, 19].includes(architectureOf(seen) ?? -1)
const bios = (seen: Seen) => (architectureOf(seen) ?? (seen.firmware === 'uefi' ? 7 : 0)) === 0
const told = ['firmware-ack', 'firmware-boot-file', 'firmware-pxe']

/** In this order: the first that fits is given. */
export const programRules: readonly VerdictRule[] = [
  {
    code: 'proxied-not-fetched', seen: 'beside another DHCP server, the firmware was told a boot program and did not fetch it', after: 'program',
    means: 'The other DHCP server most probably gave it no address, or names a boot program of its own, which some firmware takes first.',
    tries: 'Look at the other server’s leases, and take boot options (66, 67) out of it; let UDP ports 69 and 4011 of {address} through.',
    since: lastIs(told, seen => hasWord(seen, 'firmware-pxe') && !hasWord(seen, 'firmware-ack')),
  },
  {
    code: 'http-boot-not-fetched', seen: 'a firmware that boots over HTTP was told a URL, and asked for nothing', after: 'program',
    means: 'It most probably cannot reach the boot plane, or takes only https addresses.',
    tries: 'Let TCP port {bootPort} of {address} through; allow plain HTTP boot in its firmware setup, or choose PXE over IPv4 there.',
    since: lastIs(told, httpBoot),
  },
  {
    code: 'leased-no-tftp', seen: 'the firmware was told a boot program, and did not fetch it', after: 'program',
    means: 'Its TFTP requests most probably do not arrive (a firewall on UDP port 69), or its firmware asks for an address only and then goes on in its boot order.',
    tries: 'Let UDP port 69, and the high ports that answers come from, of {address} through; in its firmware setup switch on the UEFI network stack and put PXE over IPv4 first.',
    since: lastIs(told),
  },
  {
    code: 'tftp-missing', seen: 'the firmware asked for a file over TFTP that is not here', after: 'program',
    means: 'It asked for {file}, which was not what it was told: another DHCP server or an option of an older setup most probably names it.',
    tries: 'Look for a second DHCP server, which the bastion’s log (journalctl -u labctl-bastion) names, and for boot options (66, 67) left over on a router or relay.',
    since: lastIs(['tftp-missing']),
  },
  {
    code: 'tftp-broken', seen: 'the transfer of the boot program over TFTP broke off', after: 'program',
    means: 'Large or fragmented packets most probably get lost on the way, or a firewall knows nothing of TFTP’s answers.',
    tries: 'Check cable, duplex and MTU between {address} and the machine; UEFI HTTP boot does without TFTP where the firmware has it.',
    since: lastIs(['tftp-broken']),
  },
  {
    code: 'program-without-ipxe-bios', seen: 'a BIOS fetched the boot program, and no iPXE asked for an address', after: 'ipxe',
    means: 'The network card’s own driver (UNDI), which undionly.kpxe uses, most probably fails, or the link was lost and not found again.',
    tries: 'Look at its screen; update the card’s boot ROM, try another port or card, or start it by UEFI.',
    since: lastIs(['tftp-sent'], bios),
  },
  {
    code: 'http-program-without-ipxe', seen: 'a firmware fetched the boot program over HTTP, and no iPXE asked for an address', after: 'ipxe',
    means: 'Secure Boot is most probably on and refuses the program, or iPXE has no driver for this network card.',
    tries: 'Switch Secure Boot off in its firmware setup; if it is off, choose PXE over IPv4 there: that program uses the firmware’s own driver.',
    since: lastIs(['program'], seen => !hasWord(seen, 'tftp-sent')),
  },
  {
    code: 'program-without-ipxe', seen: 'a UEFI firmware fetched the boot program, and no iPXE asked for an address', after: 'ipxe',
    means: 'Secure Boot is most probably on and refuses the program, or the firmware’s driver of this network card fails under snponly.efi.',
    tries: 'Switch Secure Boot off in its firmware setup; if it is off, update the card’s firmware, or try UEFI HTTP boot, whose program brings drivers of its own.',
    since: lastIs(['tftp-sent', 'program']),
  },
  {
    code: 'http-program-broken', seen: 'the transfer of the boot program over HTTP broke off', after: 'program',
    means: 'The connection most probably does not hold, or the firmware found the file too large.',
    tries: 'Look at its screen; choose PXE over IPv4 in its firmware setup.',
    since: lastIs(['program-broken']),
  },
]
