// Reads dnsmasq's lease file.
import { parseMac } from '../../protocol/names.ts'

/** One lease. `expiresAt`: milliseconds since 1970, Infinity for one that never ends. */
export interface Lease {
  mac: string
  address: string
  expiresAt: number
}

/** The IPv4 leases in the file's text, and how many lines could not be read. Lines are `expiry mac address name client-id` (lease.c of dnsmasq); the IPv6 part behind the `duid` line is not looked at. */
export function parseLeases(text: string): { leases: Lease[], unreadable: number } {
  const leases: Lease[] = []
  let unreadable = 0
  for (const line of text.split('\n')) {
    if (line.startsWith('duid ')) break
    if (line === '') continue
    const lease = parseLine(line)
    if (lease === null) unreadable += 1
    else leases.push(lease)
  }
  return { leases, unreadable }
}

/** The leases of one address in the file's text, without reading the rest: a rack that starts changes the file a hundred times a second, and asks as often. */
export function findLeases(text: string, address: string): Lease[] {
  const found: Lease[] = []
  const sixth = text.startsWith('duid ') ? 0 : text.indexOf('\nduid ')
  const end = sixth === -1 ? text.length : sixth
  const next = (from: number): number => { const at = text.indexOf(` ${address} `, from); return at === -1 ? text.length : at }
  for (let at = next(0); at < end; at = next(at + 1)) {
    const stop = text.indexOf('\n', at)
    const lease = parseLine(text.slice(text.lastIndexOf('\n', at) + 1, stop === -1 ? text.length : stop))
    if (lease?.address === address) found.push(lease)
  }
  return found
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/

function parseLine(line: string): Lease | null {
  const [expiry, hardware, address, name, clientId] = line.split(' ')
  const mac = parseMac(hardware ?? '')
  if (!/^\d{1,12}$/.test(expiry ?? '') || mac === null || name === undefined || clientId === undefined || !ipv4.test(address ?? '')) return null
  return { mac, address: address!, expiresAt: expiry === '0' ? Infinity : Number(expiry) * 1000 }
}
