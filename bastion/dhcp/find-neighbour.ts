// Finds which MAC an address of a network has that somebody else leases in. For timelines only: whoever is on the wire can say anything.
import { readFileSync } from 'node:fs'
import { parseMac } from '../../protocol/names.ts'

/** The MAC in the kernel's table of neighbours (`/proc/net/arp`, proc(5)); null when it has none. */
export function findNeighbour(address: string, interfaceName: string, table = '/proc/net/arp'): string | null {
  for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
    const [ip, , , hardware, , device] = line.split(/\s+/)
    if (ip === address && device === interfaceName && hardware !== '00:00:00:00:00:00') return parseMac(hardware ?? '')
  }
  return null
}
