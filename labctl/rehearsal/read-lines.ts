import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** Hands on each line that a socket sends. A broken connection just ends it: whoever waits for an answer looks at the socket. */
export function readLines(socket: Socket, onLine: (line: string) => void): void {
  createInterface({ input: socket }).on('line', onLine).on('error', () => { socket.destroy() })
}
