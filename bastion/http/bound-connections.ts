import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { decideEviction, type ConnectionLimits, type OpenConnection } from './decide-eviction.ts'

interface Tracked extends OpenConnection { socket: Socket, given: boolean }

/** Bounds the connections of a listener: beyond the limits a silent one is closed for each that comes. One that a request came on is busy until it was answered, a WebSocket until it ends. Gives a function to call for a connection that is given to another process: it counts until what this gives is called. */
export function boundConnections(server: Server, limits: ConnectionLimits): (socket: Socket) => () => void {
  const groups = new Map<string, Set<Tracked>>()
  const byPort = new Map<string, Tracked>()
  const ends = new WeakMap<Socket, { tracked: Tracked, end: () => void }>()
  let count = 0
  let next = 0
  // On a TLS listener this is the raw socket, from before the handshake: its silence counts as well.
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const tracked: Tracked = { id: next++, address, busy: false, socket, given: false }
    const key = keyOf(socket)
    const group = groups.get(address) ?? new Set()
    groups.set(address, group.add(tracked))
    byPort.set(key, tracked)
    count += 1
    const end = () => {
      if (!ends.delete(socket)) return
      group.delete(tracked)
      if (group.size === 0) groups.delete(address)
      if (byPort.get(key) === tracked) byPort.delete(key)
      count -= 1
    }
    ends.set(socket, { tracked, end })
    socket.once('close', end)
    const evicted = decideEviction(groups, count, tracked, limits) as Tracked | null
    evicted?.socket.destroy()
  })
  const busy = (request: IncomingMessage): Tracked | undefined => {
    const tracked = byPort.get(keyOf(request.socket))
    if (tracked !== undefined) tracked.busy = true
    return tracked
  }
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const tracked = busy(request)
    response.once('close', () => { if (tracked !== undefined) tracked.busy = tracked.given })
  })
  server.on('upgrade', busy)
  return socket => {
    const found = ends.get(socket)
    if (found === undefined) return () => undefined
    found.tracked.given = true
    socket.off('close', found.end)
    return found.end
  }
}

/** What raw and TLS socket of one connection have in common. */
const keyOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`
