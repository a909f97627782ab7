// The sockets of the log intake. UDP is read as it comes, a few datagrams at each turn of the loop; TCP senders that are too quick are made to wait.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { BastionError, systemCode } from '../platform/bastion-error.ts'
import { FrameSplitter } from './split-frames.ts'

/** Where to listen, and how many connections there may be: beyond that the one that was silent for longest is closed. */
export interface LogListeners { addresses: readonly string[], port: number, connections: number, connectionsPerAddress: number, idleMs?: number }

/** Far longer than a working installer is silent; whoever has more to say connects again. */
const mostIdleMs = 600_000
/** What one connection may send in a tenth of a second before it has to wait for the next. */
const bytesPerTenth = 256 * 1024

/** Listens on each address, over TCP and UDP; `take` gets each message with the address that it came from, `failed` what went wrong with a socket later. Gives a function that closes everything. Refuses a taken port with `BST_PORT_TAKEN`. */
export async function listenForLogs(listeners: LogListeners, take: (address: string, message: Buffer) => void, failed: (because: string) => void): Promise<() => Promise<void>> {
  const open = new Set<Socket>()
  const closing: (() => Promise<void>)[] = []
  const close = async () => {
    for (const socket of open) socket.destroy()
    await Promise.all(closing.splice(0).map(end => end()))
  }
  const tell = (what: string) => (error: Error) => { failed(`The log intake on ${what} failed: ${error.message}`) }
  try {
    for (const address of listeners.addresses) {
      const server = createServer({ allowHalfOpen: false, keepAlive: true, keepAliveInitialDelay: 60_000 }, socket => { follow(socket, open, listeners, take) })
      await bound(server, address, listeners.port)
      closing.push(async () => { server.close(); await once(server, 'close') })
      server.on('error', tell(`${address} (TCP)`))
      const udp = createSocket({ type: 'udp4', recvBufferSize: 1 << 20 })
      udp.on('message', (message, { address: from }) => { take(from, message) })
      closing.push(async () => { udp.close(); await once(udp, 'close') })
      await bound(udp, address, listeners.port)
      udp.on('error', tell(`${address} (UDP)`))
    }
  } catch (error) {
    await close()
    throw error
  }
  return close
}

function follow(socket: Socket, open: Set<Socket>, { connections, connectionsPerAddress, idleMs }: LogListeners, take: (address: string, message: Buffer) => void): void {
  const address = socket.remoteAddress ?? ''
  const splitter = new FrameSplitter()
  const deliver = (message: Buffer) => { take(address, message) }
  let budget = bytesPerTenth
  let timer: NodeJS.Timeout | undefined
  const refill = () => {
    timer = undefined
    budget = bytesPerTenth
    socket.resume()
  }
  // Sets keep their order: whoever was silent for longest comes first.
  open.add(socket)
  const own = [...open].filter(other => other.remoteAddress === address)
  if (own.length > connectionsPerAddress) own[0]!.destroy()
  else if (open.size > connections) open.values().next().value!.destroy()
  socket.setTimeout(idleMs ?? mostIdleMs, () => { socket.destroy() })
  socket.on('data', (piece: Buffer) => {
    open.delete(socket)
    open.add(socket)
    splitter.push(piece, deliver)
    timer ??= setTimeout(refill, 100)
    budget -= piece.length
    if (budget <= 0) socket.pause()
  })
  socket.on('end', () => { splitter.end(deliver) })
  socket.on('error', () => { socket.destroy() })
  socket.once('close', () => {
    clearTimeout(timer)
    open.delete(socket)
  })
}

async function bound(socket: Server | UdpSocket, address: string, port: number): Promise<void> {
  try {
    if ('bind' in socket) socket.bind({ address, port, exclusive: true })
    else socket.listen({ host: address, port, backlog: 512 })
    await once(socket, 'listening')
  } catch (cause) {
    const code = systemCode(cause)
    if (code === 'EADDRINUSE') throw new BastionError('BST_PORT_TAKEN', `${address} port ${port} is taken by another program, and the log intake is to listen there over TCP and UDP.`, { cause, nextStep: `ss -lntup 'sport = :${port}' shows which; or choose another logIntake.port, or none (logIntake.addresses: []).` })
    if (code === 'EADDRNOTAVAIL') throw new BastionError('BST_PORT_TAKEN', `${address} is not an address of this host.`, { cause, nextStep: 'Set logIntake.addresses to some that ip -brief address shows.' })
    throw cause
  }
}
