import type { Socket } from 'node:net'
import { renderUnreadScript } from '../boot/render-script.ts'
import { systemCode } from '../platform/bastion-error.ts'
import { judgeBadHttp } from './judge-bad-http.ts'

/** A peer that is still sending would lose the answer with a reset if its bytes were not read; but not for ever, and not without end. */
const lingerMs = 2000
const mostReadBytes = 1 << 20

/** Gives what answers bytes that are no HTTP, or too much of it, on the boot plane. */
export function answerBadHttp(): (error: Error & { rawPacket?: unknown }, socket: Socket) => void {
  const answered = new WeakSet<Socket>()
  return (error, socket) => {
    if (socket.destroyed || systemCode(error) === 'ECONNRESET' || (answered.has(socket) && socket.bytesRead > mostReadBytes)) return void socket.destroy()
    if (answered.has(socket)) return
    answered.add(socket)
    const { status, reason, script, because } = judgeBadHttp(systemCode(error), Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, 64) : '')
    const body = script ? renderUnreadScript({ because }) : `${because}\n`
    if (!socket.writable) return void socket.destroy()
    socket.end(`HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`)
    const timer = setTimeout(() => { socket.destroy() }, lingerMs)
    socket.once('close', () => { clearTimeout(timer) })
  }
}
