// Prefetches that run, are done or have failed, a file for each beside its tree: one that a stop interrupted goes on at the next start.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { PrefetchSchema, type Prefetch } from '../../../protocol/os-sources.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Journal } from '../../platform/journal.ts'
import { writeAtomically } from '../../platform/write-atomically.ts'
import type { TreeStore } from '../tree-store.ts'
import type { UpstreamCache } from '../upstream-cache.ts'
import { prefetchTree } from './prefetch-tree.ts'

/** What it works with. `directory`: of all operating systems. */
export interface PrefetchRoom { directory: string, trees: TreeStore, cache: UpstreamCache, clock: Clock, journal: Journal }

/** See the file's first line. */
export class Prefetches {
  readonly #room: PrefetchRoom
  readonly #running = new Map<string, { now: Prefetch, stop: AbortController, done: Promise<void> }>()
  /** How those ended that could not be written down: a full disk leaves `running` in the file, which is so only after the next start. */
  readonly #unwritten = new Map<string, Prefetch>()

  constructor(room: PrefetchRoom) {
    this.#room = room
  }

  /** Goes on with what a stop of the bastion interrupted. */
  resume(): void {
    for (const { name } of this.#room.trees.list()) {
      if (this.find(name)?.state !== 'running') continue
      try { this.request(name) } catch (error) { this.#room.journal.error({ err: error, os: name }, 'a prefetch could not go on: labctl os prefetch begins it again') }
    }
  }

  /** The last one of a tree; null where there was none. */
  find(name: string): Prefetch | null {
    const running = this.#running.get(name)
    const known = running?.now ?? this.#unwritten.get(name)
    if (known !== undefined) return known
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path(name), 'utf8'))
      return Value.Check(PrefetchSchema, value) ? value : null
    } catch { return null }
  }

  /** Begins one, or goes on. Refuses a tree that is not there, and one that comes from an image. */
  request(name: string): Prefetch | Refusal {
    const tree = this.#room.trees.tree(name)
    if (tree === null) return { code: 'os-missing', because: `There is no whole installation tree ${name} here.`, nextStep: `labctl os add ${name} --url URL; only trees have packages that are fetched while machines install.` }
    if (tree.image != null) return { code: 'prefetch-image', because: `${name} comes from the image ${tree.image.path}, which holds all its packages.`, nextStep: 'Nothing has to be fetched.' }
    const there = this.#running.get(name)
    if (there !== undefined) return there.now
    const stop = new AbortController()
    const running = { now: { state: 'running', step: 'starting', percent: 0, packages: 0, sizeBytes: 0, at: this.#room.clock(), because: null } as Prefetch, stop, done: Promise.resolve() }
    this.#put(name, running.now)
    this.#unwritten.delete(name)
    this.#running.set(name, running)
    running.done = prefetchTree(tree, this.#room.cache, stop.signal, progress => { running.now = { ...running.now, ...progress } })
      .then(fetched => { this.#end(name, { ...running.now, ...fetched, state: 'done', step: null, percent: 100 }) }, (cause: Error) => {
        if (stop.signal.aborted) return
        const nextStep = cause instanceof BastionError && cause.nextStep !== null ? ` ${cause.nextStep}` : ''
        this.#room.journal.warn({ os: name }, `the packages of an installation tree were not all fetched: ${cause.message}`)
        this.#end(name, { ...running.now, state: 'failed', step: null, because: `${cause.message}${nextStep}` })
      }).catch((error: unknown) => { this.#room.journal.error({ err: error, os: name }, 'the end of a prefetch could not be noted') })
      .finally(() => { this.#running.delete(name) })
    return running.now
  }

  /** Ends the prefetch of a tree that is being removed. */
  async remove(name: string): Promise<void> {
    const running = this.#running.get(name)
    running?.stop.abort()
    await running?.done
    this.#unwritten.delete(name)
  }

  /** Stops all of them; they go on after the next start. */
  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map(name => this.remove(name)))
  }

  #end(name: string, prefetch: Prefetch): void {
    const ended = { ...prefetch, at: this.#room.clock() }
    try { this.#put(name, ended) } catch (error) {
      this.#unwritten.set(name, ended)
      this.#room.journal.error({ err: error, os: name }, 'how a prefetch ended could not be written down')
    }
  }

  #put(name: string, prefetch: Prefetch): void {
    writeAtomically(this.#path(name), `${JSON.stringify(prefetch)}\n`, 0o644)
  }

  #path(name: string): string {
    return join(this.#room.directory, name, 'tree-prefetch.json')
  }
}
