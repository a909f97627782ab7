// Decides which connection is closed when there are too many: a silent one, so that whoever asks is served.

/** A connection: its number (they count up), its address, and whether a request of it is being answered. */
export interface OpenConnection { id: number, address: string, busy: boolean }

/** The most connections of a listener, and of one address on it. */
export interface ConnectionLimits { total: number, perAddress: number }

/** The connection to close after `newest` came, or null when there is room. It is the oldest silent one of its own address, if that has too many; else, of the address with the most connections. The newest itself goes where all others are busy. */
export function decideEviction(connections: ReadonlyMap<string, ReadonlySet<OpenConnection>>, count: number, newest: OpenConnection, limits: ConnectionLimits): OpenConnection | null {
  const own = connections.get(newest.address) ?? new Set<OpenConnection>()
  if (own.size > limits.perAddress) return oldestSilent(own, newest) ?? newest
  if (count <= limits.total) return null
  const largest = [...connections.values()].toSorted((one, other) => other.size - one.size)
  for (const group of largest) {
    const silent = oldestSilent(group, newest)
    if (silent !== null) return silent
  }
  return newest
}

/** Sets keep the order in which connections came. */
function oldestSilent(group: ReadonlySet<OpenConnection>, newest: OpenConnection): OpenConnection | null {
  for (const connection of group) if (!connection.busy && connection !== newest) return connection
  return null
}
