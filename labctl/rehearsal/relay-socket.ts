import { connect, createServer, type Server, type Socket } from 'node:net'
import { chmodSync } from 'node:fs'

/** Listens on the Unix socket at `path` (for its owner alone) and relays each connection to a TCP address of this network namespace. */
export function relaySocket(path: string, address: string, port: number): Server {
  const server = createServer({ allowHalfOpen: true }, near => {
    const far = connect({ host: address, port, allowHalfOpen: true })
    const end = (one: Socket, other: Socket) => { one.once('error', () => { other.destroy() }); one.once('close', () => { other.end() }) }
    end(near, far)
    end(far, near)
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(path, () => { chmodSync(path, 0o600) })
  return server
}
