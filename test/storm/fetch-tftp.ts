// A PXE ROM's TFTP client (RFC 1350, with the options blksize and tsize of RFC 2348 and 2349).
import { createSocket } from 'node:dgram'

/** As EDK2 has them: how long it waits for a block, and how often it asks again. */
const waitMs = 4000
const mostAgain = 6

/** Fetches a file from `server` to the local address `from`, and throws its bytes away. Gives how many there were, and how often it had to ask again. */
export function fetchTftp(from: string, server: string, file: string): Promise<{ sizeBytes: number, again: number }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ sizeBytes: number, again: number }>()
  const socket = createSocket('udp4')
  let [port, wanted, sizeBytes, again, inARow, blockBytes] = [69, 0, 0, 0, 0, 512]
  let last = Buffer.concat([Buffer.of(0, 1), ...[file, 'octet', 'blksize', '1468', 'tsize', '0'].map(word => Buffer.from(`${word}\0`))])
  let timer: NodeJS.Timeout
  const end = (error: Error | null) => {
    clearTimeout(timer)
    socket.close()
    if (error === null) resolve({ sizeBytes, again })
    else reject(error)
  }
  const send = () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      if (inARow++ >= mostAgain) { end(new Error(`TFTP: no answer after block ${wanted} of ${file}`)); return }
      again += 1
      send()
    }, waitMs)
    socket.send(last, port, server)
  }
  const acknowledge = () => {
    inARow = 0
    last = Buffer.of(0, 4, (wanted >> 8) & 255, wanted & 255)
    wanted += 1
    send()
  }
  socket.on('error', end)
  socket.on('message', (message, remote) => {
    const kind = message.readUInt16BE(0)
    if (kind === 5) { end(new Error(`TFTP error ${message.readUInt16BE(2)}: ${message.subarray(4, -1).toString()}`)); return }
    if (port !== 69 && remote.port !== port) return
    port = remote.port
    if (kind === 6 && wanted === 0) {
      const words = message.subarray(2).toString('latin1').split('\0')
      blockBytes = Number(words[words.indexOf('blksize') + 1] ?? '512')
      acknowledge()
    } else if (kind === 3 && message.readUInt16BE(2) === (wanted & 0xffff)) {
      const bytes = message.length - 4
      sizeBytes += bytes
      acknowledge()
      if (bytes < blockBytes) setImmediate(end, null)
    }
  })
  socket.bind({ address: from }, send)
  return promise
}
