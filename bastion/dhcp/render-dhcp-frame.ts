// Writes a DHCP client's broadcast as an Ethernet frame.
import { messageTypes } from './parse-dhcp-frame.ts'

/** What a client without an address says: `options` are added as given, by number (RFC 2132). */
export interface DhcpBroadcast {
  mac: string
  xid: number
  type: 'discover' | 'request'
  options: readonly (readonly [number, Buffer])[]
}

/** The frame of a DHCP broadcast from 0.0.0.0, with the flag that asks for a broadcast answer (RFC 2131, sections 2 and 4.1). UDP carries no checksum (RFC 768 allows none). */
export function renderDhcpFrame({ mac, xid, type, options }: DhcpBroadcast): Buffer {
  const hardware = Buffer.from(mac.replaceAll(':', ''), 'hex')
  const bootp = Buffer.alloc(240)
  bootp.set([1, 1, 6, 0])
  bootp.writeUInt32BE(xid, 4)
  bootp.writeUInt16BE(0x8000, 10)
  bootp.set(hardware, 28)
  bootp.writeUInt32BE(0x63825363, 236)
  const all = [[53, Buffer.of(messageTypes[type])] as const, ...options]
  const tail = Buffer.concat([...all.map(([number, value]) => Buffer.concat([Buffer.of(number, value.length), value])), Buffer.of(255)])
  const payload = Buffer.concat([bootp, tail, Buffer.alloc(Math.max(0, 300 - 240 - tail.length))])
  const udp = Buffer.alloc(8)
  udp.writeUInt16BE(68, 0)
  udp.writeUInt16BE(67, 2)
  udp.writeUInt16BE(payload.length + 8, 4)
  const ip = Buffer.from('45000000000000004011000000000000ffffffff', 'hex')
  ip.writeUInt16BE(20 + 8 + payload.length, 2)
  ip.writeUInt16BE(checksum(ip), 10)
  return Buffer.concat([Buffer.alloc(6, 0xff), hardware, Buffer.of(0x08, 0x00), ip, udp, payload])
}

/** The Internet checksum (RFC 1071) of an even number of bytes whose checksum field is zero. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}
