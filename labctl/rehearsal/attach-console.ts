import { connect } from 'node:net'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

/** Joins a terminal to a machine's console until Ctrl-] is typed, the machine goes off, or `signal` aborts. The machine's bytes go to the terminal as they are: that is what a console is. */
export async function attachConsole(socketPath: string, input: Readable & { isTTY?: boolean, setRawMode?: (raw: boolean) => unknown }, output: Writable, signal: AbortSignal): Promise<void> {
  const socket = connect(socketPath)
  await once(socket, 'connect')
  const leave = () => { socket.end() }
  const typed = (bytes: Buffer) => {
    const at = bytes.indexOf(0x1d)
    if (at !== 0) socket.write(at === -1 ? bytes : bytes.subarray(0, at))
    if (at !== -1) leave()
  }
  const raw = input.isTTY === true
  if (raw) input.setRawMode?.(true)
  signal.addEventListener('abort', leave, { once: true })
  input.on('data', typed)
  socket.on('data', (bytes: Buffer) => { output.write(bytes) })
  try { await once(socket, 'close') } finally {
    signal.removeEventListener('abort', leave)
    input.off('data', typed)
    if (raw) input.setRawMode?.(false)
    input.pause()
  }
}
