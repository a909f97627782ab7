// One file of the pass-through cache, on its way or whole: written once, read by any number at the same time.
import { open, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'

const chunkBytes = 256 * 1024

/** A file that grows until it is whole or has failed. Readers that are ahead of it wait. */
export class CachedFile {
  readonly sizeBytes: number
  readonly etag: string
  /** Settled when the file is whole and in its place, or has failed; never rejected. */
  readonly settled: Promise<void>
  #settle: () => void = () => {}
  #path: string
  #available: number
  #failure: Error | null = null
  #waiting: (() => void)[] = []
  #readers = 0

  /** `available`: bytes that are there already; `sizeBytes` of them for a whole file. */
  constructor(path: string, sizeBytes: number, etag: string, available: number) {
    this.#path = path
    this.sizeBytes = sizeBytes
    this.etag = etag
    this.#available = available
    this.settled = new Promise(resolve => { this.#settle = resolve })
    if (available === sizeBytes) this.#settle()
  }

  get available(): number { return this.#available }
  get readers(): number { return this.#readers }
  /** Why it did not become whole; null while it may. */
  get failure(): Error | null { return this.#failure }

  /** Notes that bytes up to `available` are written. */
  grow(available: number): void {
    this.#available = available
    this.#wake()
  }

  /** Notes that it is whole, and where it is from now on. */
  finish(path: string): void {
    this.#path = path
    this.#settle()
  }

  /** Ends every reader that wants more than there is. */
  fail(error: Error): void {
    this.#failure = error
    this.#settle()
    this.#wake()
  }

  /** Bytes `from` to `to`, both included. The stream is destroyed with the reason when the file will not become whole: whoever reads it sees fewer bytes than were announced, never others. */
  async read(from: number, to: number): Promise<Readable> {
    this.#readers += 1
    // It may be renamed in this very moment.
    const file = await open(this.#path, 'r').catch(() => open(this.#path, 'r')).catch((cause: unknown) => {
      this.#readers -= 1
      throw cause
    })
    const stream: Readable = Readable.from(this.#chunks(file, from, to, () => stream.destroyed), { objectMode: false, highWaterMark: chunkBytes })
    // A reader that hung up while it waited for more is woken, so that its file is closed.
    stream.once('close', () => {
      this.#readers -= 1
      this.#wake()
      // A generator that never began has no end of its own; a second close does nothing.
      file.close().catch(() => undefined)
    })
    return stream
  }

  async *#chunks(file: FileHandle, from: number, to: number, isGone: () => boolean): AsyncGenerator<Buffer> {
    try {
      for (let at = from; at <= to;) {
        while (this.#available <= at) {
          if (this.#failure !== null) throw this.#failure
          if (isGone()) return
          await new Promise<void>(resolve => { this.#waiting.push(resolve) })
        }
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, Math.min(chunkBytes, to + 1 - at, this.#available - at), at)
        if (bytesRead === 0) throw new Error(`${this.#path} is shorter than it was.`)
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    } finally {
      await file.close()
    }
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
