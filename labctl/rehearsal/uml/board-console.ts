import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** A machine's console: what it prints goes to a log and to everybody attached to the socket; what they type goes to the machine. */
export function serveConsole(socketPath: string, logPath: string) {
  const attached = new Set<Socket>()
  let input: Writable | null = null
  closeSync(openSync(logPath, 'a', 0o600))
  rmSync(socketPath, { force: true })
  createServer(socket => {
    attached.add(socket)
    socket.on('data', (bytes: Buffer) => { input?.write(bytes) })
    socket.on('error', () => { socket.destroy() }).on('close', () => { attached.delete(socket) })
  }).listen(socketPath)
  return {
    write(bytes: Buffer): void {
      appendFileSync(logPath, bytes)
      for (const socket of attached) socket.write(bytes)
    },
    /** Gives the typed text to `to` until the returned function is called. */
    attach(to: Writable): () => void {
      to.on('error', () => { input = null })
      input = to
      return () => { input = null }
    },
  }
}
