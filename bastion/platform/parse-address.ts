// IP addresses and networks as numbers.

/** An address as a number of 32 or 128 bits. */
export interface Address { family: 4 | 6, value: bigint }
/** An address with the length of its network's prefix. */
export interface Prefixed extends Address { bits: number }

/** An IPv4 address in dotted decimals, or an IPv6 address (RFC 4291, 2.2) without a zone; null for anything else. */
export function parseAddress(text: string): Address | null {
  const four = parseFour(text)
  if (four !== null) return { family: 4, value: four }
  const [head = '', tail, more] = text.split('::')
  if (more !== undefined || !text.includes(':') || (tail !== undefined && head.includes('.'))) return null
  const [before, after] = [groups(head), tail === undefined ? [] : groups(tail)]
  if (before === null || after === null) return null
  const missing = 8 - before.length - after.length
  if (tail === undefined ? missing !== 0 : missing < 1) return null
  return { family: 6, value: [...before, ...Array.from({ length: missing }, () => 0n), ...after].reduce((sum, group) => (sum << 16n) | group, 0n) }
}

/** `10.0.0.5/24` or `2001:db8::5/64`; null for anything else. */
export function parsePrefixed(text: string): Prefixed | null {
  const [host = '', length = '', more] = text.split('/')
  const address = parseAddress(host)
  if (address === null || more !== undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return null
  const bits = Number(length)
  return bits > width(address) ? null : { ...address, bits }
}

/** Whether an address lies in the network of another one. */
export function contains(network: Prefixed, address: Address): boolean {
  const shift = BigInt(width(network) - network.bits)
  return network.family === address.family && network.value >> shift === address.value >> shift
}

/** Whether it is the network itself or, in IPv4, everybody in it: nobody can have these (RFC 3021 allows both in a network of two). */
export function isNobodys({ family, value, bits }: Prefixed): boolean {
  const size = 1n << BigInt(width({ family }) - bits)
  if (size <= 2n) return false
  const host = value & (size - 1n)
  return host === 0n || (family === 4 && host === size - 1n)
}

/** Whether it is one machine's address in a network: not loopback, multicast, unspecified or everybody's. */
export function isOneMachines({ family, value }: Address): boolean {
  if (family === 6) return value > 1n && value >> 120n !== 0xffn
  const first = value >> 24n
  return first !== 0n && first !== 127n && first < 224n
}

/** Whether it is an IPv6 address of one link (fe80::/10). */
export function isLinkLocal({ family, value }: Address): boolean {
  return family === 6 && value >> 118n === 0x3fan
}

const width = ({ family }: Pick<Address, 'family'>): number => family === 4 ? 32 : 128

function parseFour(text: string): bigint | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return null
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n)
}

function groups(text: string): bigint[] | null {
  if (text === '') return []
  const parts = text.split(':')
  const last = parts.at(-1)!
  const four = last.includes('.') ? parseFour(last) : null
  const plain = last.includes('.') ? parts.slice(0, -1) : parts
  if ((last.includes('.') && four === null) || !plain.every(part => /^[0-9A-Fa-f]{1,4}$/.test(part))) return null
  return [...plain.map(part => BigInt(`0x${part}`)), ...four === null ? [] : [four >> 16n, four & 0xffffn]]
}
