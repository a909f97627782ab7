import { read, readSync } from 'node:fs'
import type { OpenFile } from './open-file.ts'

/** Reads into a buffer what one read gives, from `position` on, and tells how many bytes these were. */
export type ReadInto = (file: OpenFile, buffer: Buffer, position: number, then: (error: Error | null, got: number) => void) => void

/** Waits for the disk elsewhere. */
export const readLater: ReadInto = (file, buffer, position, then) => { read(file.descriptor, buffer, 0, buffer.length, position, (error, got) => { then(error, got) }) }

/** Waits for the disk on the spot: half the CPU time where the file is in the page cache, for a process that has nothing else to do. */
export const readNow: ReadInto = (file, buffer, position, then) => {
  let got: number
  try { got = readSync(file.descriptor, buffer, 0, buffer.length, position) } catch (error) { return then(error as Error, 0) }
  then(null, got)
}

/** Reads a part of a file into memory of its own. Null where the file has become shorter, or was written into: what was read may be of two files then. */
export async function readPart(file: OpenFile, start: number, lengthBytes: number): Promise<Buffer | null> {
  const whole = Buffer.allocUnsafeSlow(lengthBytes)
  for (let done = 0; done < lengthBytes;) {
    const got = await new Promise<number>((resolve, reject) => { readLater(file, whole.subarray(done), start + done, (error, bytes) => { if (error === null) resolve(bytes); else reject(error) }) })
    if (got === 0) return null
    done += got
  }
  return file.isUnchanged() ? whole : null
}
