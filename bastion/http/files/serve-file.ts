import type { Socket } from 'node:net'
import { decideChunk } from './decide-chunk.ts'
import type { FileCache } from './file-cache.ts'
import type { FileJob, SentFile } from './file-job.ts'
import { openFile } from './open-file.ts'
import { planFileAnswer } from './plan-file-answer.ts'
import { readNow } from './read-part.ts'
import { renderFileHead } from './render-file-head.ts'
import { sendPaced } from './send-paced.ts'

/** For a client to close its side after the last byte; closing at once could cost it bytes that it hasn't read (RFC 9112, section 9.6). */
const lingerMs = 5000

/** Answers one request on a connection of its own: head and file, then the end of the connection. Resolves when the last byte was handed over, or the client is gone or silent for too long. `running`: how many answers are under way. */
export async function serveFile(socket: Socket, job: FileJob, cache: FileCache, running: () => number): Promise<SentFile> {
  const broken: SentFile = { status: 500, bytes: null, whole: false }
  const over = new Promise<boolean>(resolve => {
    socket.once('finish', () => { resolve(true) })
    socket.once('close', () => { resolve(false) })
  })
  socket.on('error', () => undefined)
  socket.setTimeout(job.silenceMs, () => { socket.destroy() })
  // What else the client says is read and dropped; its leaving is noticed only so.
  socket.resume()
  const file = openFile(job.path)
  if (file === null) {
    socket.destroy()
    return broken
  }
  try {
    const answer = planFileAnswer(job.asked, file.stamp)
    const body = answer.lengthBytes > 0 && cache.takes(file.stamp.sizeBytes) ? await cache.find(job.path, file) : undefined
    if (body === null) socket.destroy()
    if (socket.destroyed) return broken
    socket.cork()
    socket.write(renderFileHead(answer, new Date().toUTCString()))
    if (body !== undefined && body !== null) socket.end(body.subarray(answer.start, answer.start + answer.lengthBytes))
    else if (answer.lengthBytes === 0) socket.end()
    else sendPaced(socket, { file, start: answer.start, lengthBytes: answer.lengthBytes, read: readNow, chunkBytes: () => decideChunk(running()) })
    socket.uncork()
    const whole = await over
    if (whole) setTimeout(() => { socket.destroy() }, lingerMs).unref()
    return { status: answer.status, bytes: answer.lengthBytes, whole }
  } catch (error) {
    socket.destroy()
    throw error
  } finally { file.close() }
}
