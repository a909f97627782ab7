// Verdicts about machines whose firmware got no address, or no boot program to fetch.
import { bootPrograms } from '../../../ipxe/boot-programs.ts'
import { architectureOf, hasWord, lastIs, type Seen, type VerdictRule } from './verdict-rule.ts'

const asked = new Set(bootPrograms.flatMap(program => program.asked))
const armAsks = new Set(bootPrograms.filter(program => program.architecture === 'arm64').flatMap(program => program.asked))

/** Leased, and not told what to boot. A firmware that named no architecture is not known to be unknown. */
const untold = (seen: Seen) => !hasWord(seen, 'firmware-boot-file', 'firmware-pxe')
const unknown = (seen: Seen) => !asked.has(architectureOf(seen) ?? 0)

/** EDK2's PXE asks for no address at all where the offer names no boot program; other firmware does. */
const offered = ['firmware-offer', 'firmware-ack']

/** In this order: the first that fits is given. */
export const addressRules: readonly VerdictRule[] = [
  {
    code: 'discover-unanswered', seen: 'the firmware asks for an address; it was offered none', after: 'address',
    means: 'There is most probably no free address left, or its request came over a relay from a network that is not configured here.',
    tries: 'Widen dhcp.rangeStart to dhcp.rangeEnd in bastion.yaml, or shorten dhcp.leaseMinutes; journalctl -u labctl-bastion says what dnsmasq thought of it.',
    since: lastIs(['firmware-discover']),
  },
  {
    code: 'arm64-without-files', seen: 'an arm64 firmware was offered an address and told nothing to boot', after: 'program',
    means: 'There is most probably no boot program for arm64 here: Debian 12’s ipxe package has none, and firmware passes over an offer that names none.',
    tries: 'Install an ipxe package that has /usr/lib/ipxe/ipxe-arm64.efi (Debian 13 or newer) and restart the bastion; labctl doctor says whether it is there.',
    since: lastIs(offered, seen => untold(seen) && armAsks.has(architectureOf(seen) ?? 0)),
  },
  {
    code: 'architecture-unknown', seen: 'a firmware of an architecture that nobody here knows was offered an address and told nothing to boot', after: 'program',
    means: 'Its firmware names the architecture {architecture}, and only x86-64 and arm64 are served.',
    tries: 'If it is an x86-64 machine, its firmware setup may be able to start 64-bit UEFI or legacy BIOS instead; otherwise this machine cannot be provisioned from here.',
    since: lastIs(offered, seen => untold(seen) && unknown(seen)),
  },
  {
    code: 'offer-ignored', seen: 'the firmware was offered an address and asked for none', after: 'address',
    means: 'It most probably took the offer of another DHCP server, or its switch port lets nothing through to it yet.',
    tries: 'The bastion’s log (journalctl -u labctl-bastion) names other DHCP servers; set the switch port to forward at once (portfast), and to the VLAN that the bastion serves.',
    since: lastIs(['firmware-offer']),
  },
  {
    code: 'request-unanswered', seen: 'the firmware asked for an address that it was not given', after: 'address',
    means: 'It most probably asked another DHCP server for the address that that one offered.',
    tries: 'The bastion’s log (journalctl -u labctl-bastion) names other DHCP servers; switch the other one off on this network.',
    since: lastIs(['firmware-request']),
  },
  {
    code: 'request-refused', seen: 'the firmware asked for an address of another network and was told no', after: 'address',
    means: 'It most probably keeps an address that another DHCP server gave it, or two of them answer on this network.',
    tries: 'Switch it off and on once more; if it asks the same again, look for another DHCP server: the bastion’s log (journalctl -u labctl-bastion) names it.',
    since: lastIs(['firmware-nak']),
  },
  {
    code: 'address-declined', seen: 'the machine found that somebody else uses the address that it was given', after: 'address',
    means: 'Another machine most probably has an address of the range set by hand.',
    tries: 'Find it with arping in that network, or move dhcp.rangeStart to dhcp.rangeEnd away from addresses that are set by hand.',
    since: lastIs(['firmware-decline', 'ipxe-decline']),
  },
  {
    code: 'leased-without-boot-file', seen: 'a firmware got an address and was told nothing to boot', after: 'program',
    means: 'It most probably asked for no boot program: its setup has network boot switched off for this card, or its kind of network boot is not one that is served.',
    tries: 'Switch on PXE over IPv4 for this card in its firmware setup.',
    since: lastIs(['firmware-ack'], untold),
  },
]
