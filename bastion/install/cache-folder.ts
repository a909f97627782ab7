// The files of the pass-through cache on disk: what is known of each, how much they are together, which go first.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { BastionError } from '../platform/bastion-error.ts'
import { writeAtomically } from '../platform/write-atomically.ts'

const CachedSchema = Type.Object({ url: Type.String(), sizeBytes: Type.Integer(), etag: Type.Union([Type.String(), Type.Null()]), fetchedAt: Type.Integer({ description: 'Milliseconds since 1970' }) })
/** What is known of a whole file. */
export type Cached = Static<typeof CachedSchema>

/** A folder of files by the hash of their URL: `.data` with its `.json`, and `.part` on its way. */
export class CacheFolder {
  readonly directory: string
  readonly mostBytes: number
  #totalBytes = 0

  constructor(directory: string, mostBytes: number) {
    this.directory = directory
    this.mostBytes = mostBytes
    mkdirSync(directory, { recursive: true, mode: 0o755 })
    for (const name of readdirSync(directory)) {
      // What was on its way when the power went may have holes.
      if (!name.endsWith('.data') && !name.endsWith('.json')) rmSync(join(directory, name), { force: true })
      else if (name.endsWith('.data')) this.#totalBytes += statSync(join(directory, name)).size
    }
  }

  /** With what is on its way. */
  get totalBytes(): number { return this.#totalBytes }

  keyOf(url: string): string {
    return createHash('sha256').update(url).digest('hex')
  }

  path(key: string, kind: 'data' | 'part' | 'json'): string {
    return join(this.directory, `${key}.${kind}`)
  }

  /** The whole file of a URL; null when there is none. */
  find(key: string): Cached | null {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path(key, 'json'), 'utf8'))
      return Value.Check(CachedSchema, value) && statSync(this.path(key, 'data')).size === value.sizeBytes ? value : null
    } catch { return null }
  }

  putFetched(key: string, cached: Cached): void {
    writeAtomically(this.path(key, 'json'), JSON.stringify(cached), 0o644)
  }

  putUsed(key: string, now: number): void {
    utimesSync(this.path(key, 'data'), now / 1000, now / 1000)
  }

  /** Counts bytes that are about to come, and takes files away for them: least recently used first, never what `isRead`. Refuses more than the whole folder may hold. */
  reserve(bytes: number, isRead: (key: string) => boolean): void {
    if (bytes > this.mostBytes) throw new BastionError('BST_UPSTREAM_FAILED', `The file has ${Math.ceil(bytes / 2 ** 20)} MiB, more than the whole cache of installation trees may hold.`, { nextStep: 'Raise os.cacheMib in bastion.yaml.' })
    this.#totalBytes += bytes
    if (this.#totalBytes <= this.mostBytes) return
    const files = readdirSync(this.directory).filter(name => name.endsWith('.data')).map(name => ({ key: name.slice(0, -'.data'.length), usedMs: statSync(join(this.directory, name)).mtimeMs })).toSorted((a, b) => a.usedMs - b.usedMs)
    for (const { key } of files) {
      if (this.#totalBytes <= this.mostBytes) return
      if (!isRead(key)) this.drop(key)
    }
  }

  /** Gives back what was reserved for a file that did not come. */
  release(key: string, bytes: number): void {
    rmSync(this.path(key, 'part'), { force: true })
    this.#totalBytes -= bytes
  }

  /** Puts a file that has come whole in the place of the one of before. */
  publish(key: string, cached: Cached): void {
    this.drop(key)
    renameSync(this.path(key, 'part'), this.path(key, 'data'))
    this.putFetched(key, cached)
  }

  drop(key: string): void {
    const path = this.path(key, 'data')
    this.#totalBytes -= statSync(path, { throwIfNoEntry: false })?.size ?? 0
    rmSync(this.path(key, 'json'), { force: true })
    rmSync(path, { force: true })
  }

  /** Every whole file whose URL begins so. */
  list(prefix: string): (Cached & { key: string })[] {
    return readdirSync(this.directory).filter(name => name.endsWith('.json')).flatMap(name => {
      const key = name.slice(0, -'.json'.length)
      const cached = this.find(key)
      return cached?.url.startsWith(prefix) === true ? [{ ...cached, key }] : []
    })
  }
}
