import type { Writable } from 'node:stream'
import type { OpenFile } from './open-file.ts'
import type { ReadInto } from './read-part.ts'

/** What is sent of a file. `read`: how it is read. `chunkBytes`: how large its buffer may be now. */
export interface PacedPart { file: OpenFile, start: number, lengthBytes: number, read: ReadInto, chunkBytes: () => number }

/** Sends a part of a file through one buffer, which is filled again when the last write is through: memory for one chunk, however slow the client. Ends `out` after the last byte; destroys it, so that the client sees a broken download, where the file can't be read, turns out shorter, or was written into. */
export function sendPaced(out: Writable, { file, start, lengthBytes, read, chunkBytes }: PacedPart): void {
  const end = start + lengthBytes
  let buffer = Buffer.alloc(0)
  const next = (position: number) => {
    if (out.destroyed) return
    const wanted = Math.min(chunkBytes(), end - position)
    if (buffer.length < wanted || buffer.length > 2 * wanted) buffer = Buffer.allocUnsafeSlow(wanted)
    read(file, buffer.subarray(0, wanted), position, (error, got) => {
      if (out.destroyed) return
      const isLast = position + got === end
      if (error !== null || got === 0 || (isLast && !file.isUnchanged())) return void out.destroy()
      if (isLast) return void out.end(buffer.subarray(0, got))
      // A turn of the loop for each chunk: a fast client would else hold up all others.
      out.write(buffer.subarray(0, got), failure => { if (failure == null) setImmediate(next, position + got) })
    })
  }
  next(start)
}
