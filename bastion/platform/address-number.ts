/** A dotted IPv4 address as a number. */
export function addressNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
}

/** The network that an address lies in, dotted. */
export function networkOf(address: string, netmask: string): string {
  return addressOf((addressNumber(address) & addressNumber(netmask)) >>> 0)
}

/** A number as a dotted IPv4 address. */
export function addressOf(number: number): string {
  return [24, 16, 8, 0].map(shift => (number >>> shift) & 255).join('.')
}

/** Whether a netmask is ones and then zeros. */
export function isNetmask(netmask: string): boolean {
  const rest = ~addressNumber(netmask) >>> 0
  return (rest & (rest + 1)) === 0
}
