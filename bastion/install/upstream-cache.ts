// The pass-through cache of installation trees: one fetch from upstream however many machines ask, bounded, never a torn file.
import { createHash } from 'node:crypto'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { BastionError, systemCode } from '../platform/bastion-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { Journal } from '../platform/journal.ts'
import { CacheFolder, type Cached } from './cache-folder.ts'
import { CachedFile } from './cached-file.ts'
import { fetchUpstream, type Upstream } from './fetch-upstream.ts'

/** What the cache works with. `stallMs`: how long upstream may say nothing; `freshMs`: how long metadata counts as fresh; `retryMs`: how long to wait before each further try. */
export interface CacheRoom { directory: string, mostBytes: number, stallMs: number, freshMs: number, retryMs: readonly number[], clock: Clock, journal: Journal }

/** Whole files, and those that are on their way. */
export class UpstreamCache {
  readonly folder: CacheFolder
  readonly #room: CacheRoom
  readonly #running = new Map<string, Promise<CachedFile>>()
  readonly #held = new Map<string, CachedFile>()

  constructor(room: CacheRoom) {
    this.#room = room
    this.folder = new CacheFolder(room.directory, room.mostBytes)
  }

  /** A file of upstream, on its way or whole. `fresh`: one that changes under its name (repomd.xml): upstream is asked whether it still is the same, and where it doesn't answer, the one that is there is given. Refuses (`BST_UPSTREAM_FAILED`) what upstream doesn't give, what has no length, and what is larger than the whole cache. */
  async find(url: string, { fresh }: { fresh: boolean }): Promise<CachedFile> {
    const key = this.folder.keyOf(url)
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const known = this.folder.find(key)
    if (known !== null && (!fresh || this.#room.clock() - known.fetchedAt < this.#room.freshMs)) return this.#give(key, known)
    const begun = this.#begin(key, url, known)
    this.#running.set(key, begun)
    const forget = () => { this.#running.delete(key) }
    begun.then(file => file.settled).then(forget, forget)
    return begun
  }

  /** Takes everything from one place out of the cache. */
  remove(prefix: string): void {
    for (const { key } of this.folder.list(prefix)) {
      this.folder.drop(key)
      this.#held.delete(key)
    }
  }

  #give(key: string, { sizeBytes, etag, url }: Cached): CachedFile {
    this.folder.putUsed(key, this.#room.clock())
    const file = this.#held.get(key) ?? new CachedFile(this.folder.path(key, 'data'), sizeBytes, etagOf(url, sizeBytes, etag), sizeBytes)
    this.#held.set(key, file)
    return file
  }

  async #begin(key: string, url: string, known: Cached | null): Promise<CachedFile> {
    const upstream = await this.#fetch(url, known?.etag == null ? {} : { ifNoneMatch: known.etag }).catch((error: Error) => {
      if (known === null) throw error
      this.#room.journal.warn({ url }, `upstream was not asked whether this is still the same: ${error.message}`)
      return null
    })
    if (upstream === null) {
      this.folder.putFetched(key, { ...known!, fetchedAt: this.#room.clock() })
      return this.#give(key, known!)
    }
    try {
      const { sizeBytes } = upstream
      if (sizeBytes === null) throw new BastionError('BST_UPSTREAM_FAILED', `${url} comes without a length, so it could not be known when it is whole.`, { nextStep: 'Use another mirror.' })
      this.folder.reserve(sizeBytes, found => found === key || (this.#held.get(found)?.readers ?? 0) > 0)
      const file = new CachedFile(this.folder.path(key, 'part'), sizeBytes, etagOf(url, sizeBytes, upstream.etag), 0)
      const handle = await open(this.folder.path(key, 'part'), 'w', 0o644).catch((cause: unknown) => {
        this.folder.release(key, sizeBytes)
        throw cause
      })
      void this.#bring(key, url, upstream, file, handle)
      return file
    } catch (cause) {
      await upstream.chunks[Symbol.asyncIterator]().return?.()
      throw this.#described(cause)
    }
  }

  /** Has a file become whole and takes it in, or tells its readers that it won't. The one of before stays until then. */
  async #bring(key: string, url: string, upstream: Upstream, file: CachedFile, handle: FileHandle): Promise<void> {
    try {
      await this.#take(url, upstream, file, handle)
      this.folder.publish(key, { url, sizeBytes: file.sizeBytes, etag: upstream.etag, fetchedAt: this.#room.clock() })
      this.#held.set(key, file)
      file.finish(this.folder.path(key, 'data'))
    } catch (cause) {
      this.folder.release(key, file.sizeBytes)
      const error = this.#described(cause)
      this.#room.journal.warn({ url }, `a file of an installation tree did not become whole: ${error.message}`)
      file.fail(error)
    }
  }

  /** Writes what comes, and goes on where upstream broke off as long as it is the same file. */
  async #take(url: string, first: Upstream, file: CachedFile, handle: FileHandle): Promise<void> {
    let upstream = first
    try {
      for (const waitMs of [...this.#room.retryMs, null]) {
        try {
          let at = upstream.status === 200 ? 0 : file.available
          for await (const chunk of upstream.chunks) {
            for (let written = 0; written < chunk.length;) written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten
            at += chunk.length
            if (at === file.sizeBytes) await handle.sync()
            if (at > file.available) file.grow(at)
          }
          if (file.available === file.sizeBytes) return
          throw new BastionError('BST_UPSTREAM_FAILED', `${url} ended after ${file.available} of ${file.sizeBytes} bytes.`)
        } catch (error) {
          if (waitMs === null || systemCode(error) === 'ENOSPC') throw error
          this.#room.journal.warn({ url, bytes: file.available }, `upstream broke off, and is asked again: ${(error as Error).message}`)
        }
        await delay(waitMs)
        const strong = first.etag?.startsWith('W/') === false ? first.etag : null
        const again = await this.#fetch(url, strong !== null && file.available > 0 ? { from: { byte: file.available, etag: strong } } : {}).catch(() => null)
        if (again === null) continue
        if (!isSame(first, again)) throw new BastionError('BST_UPSTREAM_FAILED', `${url} changed at upstream while it was fetched.`, { nextStep: 'Restart the machine.' })
        upstream = again
      }
    } finally {
      await handle.close()
    }
  }

  #fetch(url: string, more: { ifNoneMatch?: string, from?: { byte: number, etag: string } }): Promise<Upstream | null> {
    return fetchUpstream({ url, mostBytes: this.#room.mostBytes, stallMs: this.#room.stallMs, ...more })
  }

  #described(cause: unknown): Error {
    if (systemCode(cause) === 'ENOSPC') return new BastionError('BST_DISK_FULL', `No space left for the cache of installation trees in ${this.folder.directory}.`, { cause, nextStep: 'Free space there, or lower os.cacheMib in bastion.yaml.' })
    return cause instanceof Error ? cause : new Error(String(cause))
  }
}

/** The rest of the same file, or the same file anew: both servers and files that name nothing to compare are not. */
function isSame(first: Upstream, again: Upstream): boolean {
  if (again.status === 206) return true
  return (first.etag !== null || first.lastModified !== null) && again.etag === first.etag && again.lastModified === first.lastModified && again.sizeBytes === first.sizeBytes
}

function etagOf(url: string, sizeBytes: number, etag: string | null): string {
  return `"${createHash('sha256').update(`${url}\0${sizeBytes}\0${etag ?? ''}`).digest('hex').slice(0, 32)}"`
}
