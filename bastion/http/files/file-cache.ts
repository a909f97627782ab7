// Kernels and RAM disks, kept in memory while machines boot: from there they cost what nginx's sendfile costs.
import type { OpenFile } from './open-file.ts'
import { readPart } from './read-part.ts'

interface Kept { content: Promise<Buffer | null>, sizeBytes: number }

/** Whole files in memory, never more than `mostBytes` together; those unused for longest go first. */
export class FileCache {
  readonly #files = new Map<string, Kept>()
  readonly #mostBytes: number

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** How much it holds. */
  get heldBytes(): number {
    return this.#files.values().reduce((sum, file) => sum + file.sizeBytes, 0)
  }

  /** That a file of this size is kept: two builds of it have room, so that the new one never waits for the old. */
  takes(sizeBytes: number): boolean {
    return sizeBytes <= this.#mostBytes / 2
  }

  /** The content of a file; read once, however many ask at a time. Null where it changed while it was read. */
  async find(path: string, file: OpenFile): Promise<Buffer | null> {
    const { inode, sizeBytes, modifiedMs } = file.stamp
    const key = `${path} ${inode} ${sizeBytes} ${modifiedMs}`
    const kept = this.#files.get(key) ?? { content: readPart(file, 0, sizeBytes), sizeBytes }
    this.#files.delete(key)
    for (const old of this.#files.keys()) if (old.startsWith(`${path} `) || this.heldBytes + sizeBytes > this.#mostBytes) this.#files.delete(old)
    this.#files.set(key, kept)
    const forget = () => { if (this.#files.get(key) === kept) this.#files.delete(key) }
    const content = await kept.content.catch((error: unknown) => { forget(); throw error })
    if (content === null) forget()
    return content
  }
}
