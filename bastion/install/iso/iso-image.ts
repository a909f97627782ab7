// The files of an ISO 9660 image, found and read where they lie in it: nothing is mounted, unpacked or copied, and no root is needed.
import { constants } from 'node:fs'
import { open, stat as statOf, type FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { BastionError, systemCode } from '../../platform/bastion-error.ts'
import { descriptorsAt, parseRecords, parseSystemUse, parseVolume, sectorBytes, type IsoExtent, type IsoRecord, type RockRidge } from './parse-iso9660.ts'

/** A file or folder in the image; a file's bytes are one run. */
type IsoEntry = IsoExtent & { name: string, isFolder: boolean }

const mostFolderBytes = 64 * 2 ** 20
const mostContinued = 64
const chunkBytes = 256 * 1024
const nextStep = 'Give the whole image of an installation DVD, checked against the sum that its distribution publishes.'

/** An image that is open. Folders that were looked into are remembered. */
export class IsoImage {
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedMs: number
  readonly #file: FileHandle
  readonly #root: IsoExtent
  readonly #skip: number
  readonly #folders = new Map<string, Promise<Map<string, IsoEntry>>>()

  private constructor(path: string, file: FileHandle, { sizeBytes, modifiedMs, root, skip }: { sizeBytes: number, modifiedMs: number, root: IsoExtent, skip: number }) {
    this.path = path
    this.sizeBytes = sizeBytes
    this.modifiedMs = modifiedMs
    this.#file = file
    this.#root = root
    this.#skip = skip
  }

  /** Opens it. Refuses (`BST_REFUSED`) what can't be read, is no ISO 9660 image, has no Rock Ridge names, or is shorter than it says. */
  static async open(path: string): Promise<IsoImage> {
    const file = await openRegular(path)
    try {
      const stat = await file.stat()
      if (!stat.isFile()) throw refused('iso-invalid', `${path} is no regular file.`, nextStep)
      const volume = parseVolume(await readAt(file, descriptorsAt, Math.min(16 * sectorBytes, Math.max(0, stat.size - descriptorsAt))))
      if (volume === null) throw refused('iso-invalid', `${path} is no ISO 9660 image.`, nextStep)
      if (volume.sizeBytes > stat.size) throw refused('iso-short', `${path} has ${stat.size} bytes, and says of itself that it has ${volume.sizeBytes}: it was not copied whole.`, nextStep)
      const first = parseRecords(await readAt(file, volume.root.block * sectorBytes, sectorBytes))[0]
      const skip = first === undefined ? null : parseSystemUse(first.systemUse).skip
      if (skip === null) throw refused('iso-names', `${path} has no Rock Ridge names, so its files can’t be told apart as a mirror would have them.`, nextStep)
      return new IsoImage(path, file, { sizeBytes: stat.size, modifiedMs: Math.floor(stat.mtimeMs), root: volume.root, skip })
    } catch (cause) {
      await file.close()
      throw cause instanceof RangeError ? refused('iso-invalid', `${path} is damaged: ${cause.message}`, nextStep, cause) : cause
    }
  }

  /** The file of a path (`images/install.img`); null where there is none. Symbolic links are not followed. */
  async find(path: string): Promise<{ sizeBytes: number, read: (from: number, to: number) => Readable } | null> {
    const parts = path.split('/')
    let folder: IsoEntry = { ...this.#root, name: '', isFolder: true }
    for (const [depth, part] of parts.entries()) {
      const found = (await this.#look(parts.slice(0, depth).join('/'), folder)).get(part)
      if (found === undefined || found.isFolder === (depth === parts.length - 1)) return null
      folder = found
    }
    const { block, sizeBytes } = folder
    return { sizeBytes, read: (from, to) => Readable.from(this.#bytes(block * sectorBytes + from, to - from + 1), { objectMode: false, highWaterMark: chunkBytes }) }
  }

  /** Closes it; what is being read meanwhile fails. */
  async close(): Promise<void> {
    await this.#file.close()
  }

  #look(path: string, folder: IsoEntry): Promise<Map<string, IsoEntry>> {
    const known = this.#folders.get(path)
    if (known !== undefined) return known
    const read = this.#readFolder(folder).catch((cause: unknown) => {
      this.#folders.delete(path)
      throw cause instanceof RangeError ? refused('iso-invalid', `The folder /${path} of ${this.path} is damaged: ${cause.message}`, nextStep, cause) : cause
    })
    this.#folders.set(path, read)
    return read
  }

  async #readFolder({ block, sizeBytes }: IsoExtent): Promise<Map<string, IsoEntry>> {
    if (sizeBytes > mostFolderBytes) throw new RangeError(`it would have ${sizeBytes} bytes.`)
    const found = new Map<string, IsoEntry>()
    let part: IsoEntry | null = null
    for (const record of parseRecords(await readAt(this.#file, block * sectorBytes, sizeBytes))) {
      if (record.isoName === '\0' || record.isoName === '\x01') continue
      const entry = await this.#entry(record)
      if (entry === null) continue
      // A file of 4 GiB and more is several records, one after the other (ECMA-119 6.5.1).
      if (part !== null && (part.name !== entry.name || part.block + part.sizeBytes / sectorBytes !== entry.block)) throw new RangeError(`${part.name} is not in one piece.`)
      const whole: IsoEntry = part === null ? entry : { ...part, sizeBytes: part.sizeBytes + entry.sizeBytes }
      if (whole.block * sectorBytes + whole.sizeBytes > this.sizeBytes) throw new RangeError(`${whole.name} would lie behind its end.`)
      part = record.goesOn ? whole : null
      if (!record.goesOn) found.set(whole.name, whole)
    }
    return found
  }

  /** Null for a symbolic link, and for a folder that is shown elsewhere. */
  async #entry(record: IsoRecord): Promise<IsoEntry | null> {
    const said = await this.#said(record)
    if (said.isLink || said.isMoved || said.name === '') return null
    if (said.movedTo === null) return { name: said.name, isFolder: record.isFolder, block: record.block, sizeBytes: record.sizeBytes }
    const own = parseRecords(await readAt(this.#file, said.movedTo * sectorBytes, sectorBytes))[0]
    if (own === undefined) throw new RangeError(`${said.name} leads to no folder.`)
    return { name: said.name, isFolder: true, block: said.movedTo, sizeBytes: own.sizeBytes }
  }

  async #said(record: IsoRecord): Promise<RockRidge> {
    let said = parseSystemUse(record.systemUse.subarray(this.#skip))
    for (let turns = 0; said.more !== null; turns += 1) {
      const { block, offset, length } = said.more
      if (turns >= mostContinued || length > sectorBytes) throw new RangeError('a name goes on for ever.')
      said = parseSystemUse(await readAt(this.#file, block * sectorBytes + offset, length), said)
    }
    return said
  }

  async *#bytes(from: number, count: number): AsyncGenerator<Buffer> {
    for (let at = 0; at < count;) {
      const chunk = await readAt(this.#file, from + at, Math.min(chunkBytes, count - at))
      at += chunk.length
      yield chunk
    }
  }
}

/** Looked at before it is opened: to open a pipe waits for its other end, and to open a device may do something to it. O_NONBLOCK for what is put in its place in between. */
async function openRegular(path: string): Promise<FileHandle> {
  const unreadable = (cause: unknown): never => { throw refused('iso-unreadable', `${path} can’t be read by the bastion (${systemCode(cause) ?? String(cause)}).`, 'The image has to be on the bastion’s own host, and readable for the user that it runs as.', cause) }
  if (!(await statOf(path).catch(unreadable)).isFile()) throw refused('iso-invalid', `${path} is no regular file.`, nextStep)
  return open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(unreadable)
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  for (let got = 0; got < length;) {
    const { bytesRead } = await file.read(bytes, got, length - got, position + got)
    if (bytesRead === 0) throw new RangeError(`it ends at byte ${position + got}.`)
    got += bytesRead
  }
  return bytes
}

function refused(code: string, because: string, next: string, cause?: unknown): BastionError {
  return new BastionError('BST_REFUSED', because, { nextStep: next, refusals: [{ code, because, nextStep: next }], ...cause === undefined ? {} : { cause } })
}
