// Decides whose program speaks DHCP: the firmware's, iPXE's, or that of a RAM disk or an installed system.
import type { EntryDetail } from '../../protocol/machines.ts'

/** Who spoke, by DHCP options 60 and 77 as dnsmasq logs them, and the processor architecture that a network boot names in option 60 (`PXEClient:Arch:00007:UNDI:003016`, PXE 2.1; HTTPClient in UEFI 2.10, section 24.7). */
export function judgeClient(vendorClass: string, userClass: string): Pick<EntryDetail, 'client' | 'architecture'> {
  const named = /^(?:PXE|HTTP)Client(?::Arch:(\d{5}))?/.exec(vendorClass)
  const client = userClass === 'iPXE' ? 'ipxe' : named === null ? 'system' : 'firmware'
  return named?.[1] === undefined ? { client } : { client, architecture: Number(named[1]) }
}
