import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { decideEviction, type ConnectionLimits, type OpenConnection } from './decide-eviction.ts'

interface Tracked extends OpenConnection { socket: Socket }

/** Bounds the connections of a listener: beyond the limits a silent one is closed for each that comes. One that a request came on is busy until it was answered, a WebSocket until it ends. */
export function boundConnections(server: Server, limits: ConnectionLimits): void {
  const groups = new Map<string, Set<Tracked>>()
  const byPort = new Map<string, Tracked>()
  let count = 0
  let next = 0
  // On a TLS listener this is the raw socket, from before the handshake: its silence counts as well.
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const tracked: Tracked = { id: next++, address, busy: false, socket }
    const key = keyOf(socket)
    const group = groups.get(address) ?? new Set()
    groups.set(address, group.add(tracked))
    byPort.set(key, tracked)
    count += 1
    socket.once('close', () => {
      group.delete(tracked)
      if (group.size === 0) groups.delete(address)
      if (byPort.get(key) === tracked) byPort.delete(key)
      count -= 1
    })
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
    response.once('close', () => { if (tracked !== undefined) tracked.busy = false })
  })
  server.on('upgrade', busy)
}

/** What raw and TLS socket of one connection have in common. */
const keyOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`
