// Reads what a machine's iPXE says of itself, for dispatch: untrusted text in, named values or a refusal out.
import { parseMac, parseUuid } from '../../protocol/names.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { DispatchRequest } from './dispatch.ts'

/** The request that a query string makes. A malformed MAC is refused, since nothing can be done without; a malformed UUID counts as none given. Text is cut at 128 characters. */
export function parseDispatch(query: Record<string, unknown>, address: string): { kind: 'request', request: DispatchRequest } | { kind: 'refused', refusal: Refusal, uefi: boolean } {
  const text = (key: string): string | null => {
    const value = query[key]
    return typeof value === 'string' && value.trim() !== '' ? value.trim().slice(0, 128) : null
  }
  const uefi = text('platform') === 'efi'
  const mac = parseMac(text('mac') ?? '')
  if (mac === null) {
    return { kind: 'refused', uefi, refusal: { code: 'mac-invalid', because: `The MAC address ${JSON.stringify(text('mac') ?? '')} is not one: six pairs of hexadecimal digits are wanted.`, nextStep: 'Start from /boot.ipxe, which sends it.' } }
  }
  return { kind: 'request', request: {
    mac, uuid: parseUuid(text('uuid') ?? ''), serial: text('serial'), manufacturer: text('manufacturer'), product: text('product'),
    architecture: text('buildarch') ?? 'unknown', firmware: uefi ? 'uefi' : 'bios', address,
  } }
}
