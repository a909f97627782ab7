// Reads what a DHCP server put on the wire: Ethernet, IPv4, UDP, BOOTP, options.

/** A BOOTREPLY as seen on the wire (RFC 2131, section 2). Addresses in dotted form, `0.0.0.0` for none. `options`: by number, as sent (RFC 2132). */
export interface DhcpReply {
  sourceMac: string
  sourceAddress: string
  xid: number
  yourAddress: string
  nextServer: string
  clientMac: string
  file: string
  options: ReadonlyMap<number, Buffer>
}

/** DHCP message types (RFC 2132, section 9.6), by the name used in events. */
export const messageTypes = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const

const bootReply = 2
const magicCookie = 0x63825363

/** The reply inside an Ethernet frame; null for anything that is not a whole BOOTREPLY with the DHCP cookie. */
export function parseDhcpFrame(frame: Buffer): DhcpReply | null {
  if (frame.length < 34 || frame.readUInt16BE(12) !== 0x0800) return null
  const ip = frame.subarray(14)
  const bootp = ip.subarray((ip[0]! & 15) * 4 + 8)
  if (bootp.length < 240 || bootp[0] !== bootReply || bootp.readUInt32BE(236) !== magicCookie) return null
  const options = parseOptions(bootp.subarray(240))
  return {
    sourceMac: macText(frame.subarray(6, 12)),
    sourceAddress: addressText(ip.subarray(12, 16)),
    xid: bootp.readUInt32BE(4),
    yourAddress: addressText(bootp.subarray(16, 20)),
    nextServer: addressText(bootp.subarray(20, 24)),
    clientMac: macText(bootp.subarray(28, 34)),
    file: options.get(67)?.toString('latin1').replace(/\0.*$/s, '') ?? bootp.subarray(108, 236).toString('latin1').replace(/\0.*$/s, ''),
    options,
  }
}

/** Four bytes as a dotted IPv4 address; `0.0.0.0` when they are not there. */
export function addressText(bytes: Buffer | undefined): string {
  return bytes === undefined || bytes.length < 4 ? '0.0.0.0' : [...bytes.subarray(0, 4)].join('.')
}

function parseOptions(bytes: Buffer): Map<number, Buffer> {
  const options = new Map<number, Buffer>()
  for (let at = 0; at < bytes.length && bytes[at] !== 255;) {
    if (bytes[at] === 0) { at += 1; continue }
    const length = bytes[at + 1]
    if (length === undefined || at + 2 + length > bytes.length) break
    options.set(bytes[at]!, bytes.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return options
}

function macText(bytes: Buffer): string {
  return bytes.toString('hex').match(/../g)!.join(':')
}
