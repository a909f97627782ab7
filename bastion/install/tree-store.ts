// Installation trees that were asked for, are being fetched or are there: read from the folder of operating systems, so that nothing is lost by a restart.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { OsSource } from '../../protocol/os-sources.ts'
import { TreeRequestSchema, TreeSchema, type Tree, type TreeRequest } from '../../protocol/tree-sources.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { BuildProgress } from '../platform/build-progress.ts'
import type { Clock } from '../platform/clock.ts'
import type { Journal } from '../platform/journal.ts'
import { writeAtomically } from '../platform/write-atomically.ts'
import { addTree, treeFilePath } from './add-tree.ts'
import { isoPathOf, judgeIsoRequest } from './iso/judge-iso-request.ts'
import { imageFault, OpenImages } from './iso/open-images.ts'
import { judgeTreeRequest } from './judge-tree-request.ts'

/** What the store works with. `stallMs`: how long upstream may say nothing. */
export interface TreeStoreRoom { directory: string, clock: Clock, journal: Journal, stallMs: number }
type Running = { progress: BuildProgress, stop: AbortController, done: Promise<void> }

/** One folder for each tree below the folder of operating systems: `tree-request.json`, `tree.json` once it is whole, `tree-failed` with a reason. */
export class TreeStore {
  /** The images that trees are served from. */
  readonly images = new OpenImages()
  readonly #room: TreeStoreRoom
  readonly #running = new Map<string, Running>()

  constructor(room: TreeStoreRoom) {
    this.#room = room
  }

  /** Goes on with what a stop of the bastion interrupted. */
  resume(): void {
    for (const name of this.#names()) if (this.#read(name, 'tree.json', TreeSchema)?.image == null && this.tree(name) === null && !existsSync(this.#path(name, 'tree-failed'))) this.#begin(name)
  }

  list(): OsSource[] {
    return this.#names().flatMap(name => this.find(name) ?? [])
  }

  /** As an operating system: ready as soon as a whole tree is there, whatever a renewal is doing. */
  find(name: string): OsSource | null {
    const request = this.#request(name)
    if (request === null) return null
    const tree = this.tree(name)
    const running = this.#running.get(name)
    const image = tree === null ? this.#read(name, 'tree.json', TreeSchema)?.image : null
    const because = this.#failure(name) ?? (running !== undefined || image == null ? null : imageFault(image))
    return {
      name, kind: 'tree', state: tree !== null ? 'ready' : running !== undefined ? 'building' : because !== null ? 'failed' : 'queued',
      step: running?.progress.step ?? null, percent: running?.progress.percent ?? null, because, kernel: null, builtAt: tree?.addedAt ?? null,
      url: request.url, release: tree === null ? null : `${tree.family} ${tree.release}`,
      files: tree === null ? [] : [tree.kernel, tree.initrd, tree.stage2].map(({ path, sizeBytes, sha256 }) => ({ name: path, sizeBytes, sha256 })),
    }
  }

  /** The tree itself, when its files are there. */
  tree(name: string): Tree | null {
    const tree = this.#read(name, 'tree.json', TreeSchema)
    const whole = tree !== null && (tree.image == null || imageFault(tree.image) === null) && [tree.kernel, tree.initrd, tree.stage2].every(file => statSync(treeFilePath(this.#folder(name), tree, file), { throwIfNoEntry: false })?.size === file.sizeBytes)
    return whole ? tree : null
  }

  /** Begins to fetch a tree from a mirror or an image, or goes on. Refuses what {@link judgeTreeRequest} and {@link judgeIsoRequest} refuse, and another place for a name that is taken. */
  request(name: string, asked: TreeRequest | { iso: string, sha256: string | null }): OsSource | Refusal {
    const judged = 'iso' in asked ? judgeIsoRequest(asked) : judgeTreeRequest(asked)
    if (judged.kind === 'refused') return judged.refusal
    const request: TreeRequest = { url: judged.url, sha256: asked.sha256?.toLowerCase() ?? null }
    const there = this.#request(name)
    if (there !== null && there.url !== request.url) return { code: 'os-taken', because: `${name} is the tree at ${there.url}.`, nextStep: `labctl os remove ${name}, or give the new one another name.` }
    if (!this.#running.has(name)) {
      mkdirSync(this.#folder(name), { recursive: true })
      writeAtomically(this.#path(name, 'tree-request.json'), `${JSON.stringify(request)}\n`, 0o644)
      rmSync(this.#path(name, 'tree-failed'), { force: true })
      this.#begin(name)
    }
    return this.find(name)!
  }

  /** Fetches a tree anew from where it came from; what is there stays until that is whole. Null when there is none of this name. */
  renew(name: string, sha256: string | null): OsSource | Refusal | null {
    const there = this.#request(name)
    if (there === null) return null
    const iso = isoPathOf(there.url)
    return this.request(name, iso === null ? { url: there.url, sha256: sha256 ?? (there.url.startsWith('http:') ? there.sha256 : null) } : { iso, sha256 })
  }

  /** Takes a tree away; a download of it is stopped. */
  async remove(name: string): Promise<void> {
    const running = this.#running.get(name)
    running?.stop.abort()
    await running?.done
    const image = this.#read(name, 'tree.json', TreeSchema)?.image
    if (image != null) await this.images.close(image.path)
    // The request last: what is left of an interrupted removal can be removed again.
    rmSync(this.#path(name, 'tree.json'), { force: true })
    rmSync(this.#folder(name), { recursive: true, force: true })
  }

  /** Stops all downloads; they go on after the next start. */
  async stop(): Promise<void> {
    for (const { stop } of this.#running.values()) stop.abort()
    await Promise.all([...this.#running.values()].map(({ done }) => done))
    await this.images.close(null)
  }

  #begin(name: string): void {
    const stop = new AbortController()
    const running: Running = { progress: { step: 'starting', percent: 0 }, stop, done: Promise.resolve() }
    this.#running.set(name, running)
    running.done = this.#fetch(name, running).catch((cause: Error) => {
      if (stop.signal.aborted) return
      const nextStep = cause instanceof BastionError && cause.nextStep !== null ? ` ${cause.nextStep}` : ''
      this.#room.journal.warn({ os: name }, `an installation tree was not added: ${cause.message}`)
      writeAtomically(this.#path(name, 'tree-failed'), `${cause.message}${nextStep}`, 0o644)
    }).finally(() => { this.#running.delete(name) })
  }

  async #fetch(name: string, running: Running): Promise<void> {
    const { clock, stallMs, journal } = this.#room
    const directory = this.#folder(name)
    const tree = await addTree({ name, request: this.#request(name)!, directory, clock, stallMs, signal: running.stop.signal, onProgress: progress => { running.progress = progress } })
    writeAtomically(this.#path(name, 'tree.json'), `${JSON.stringify(tree, null, 2)}\n`, 0o644)
    for (const entry of readdirSync(directory, { withFileTypes: true })) if (entry.isDirectory() && entry.name !== tree.treeinfoSha256.slice(0, 16)) rmSync(join(directory, entry.name), { recursive: true })
    journal.info({ os: name, release: tree.release }, `the installation tree ${tree.family} ${tree.release} is there`)
  }

  #names(): string[] {
    return existsSync(this.#room.directory) ? readdirSync(this.#room.directory).filter(name => this.#request(name) !== null).toSorted() : []
  }

  #request(name: string): TreeRequest | null {
    return /^[a-z][a-z0-9.-]{0,62}$/.test(name) ? this.#read(name, 'tree-request.json', TreeRequestSchema) : null
  }

  #failure(name: string): string | null {
    try { return readFileSync(this.#path(name, 'tree-failed'), 'utf8') } catch { return null }
  }

  #folder(name: string): string {
    return join(this.#room.directory, name)
  }

  #path(name: string, file: string): string {
    return join(this.#folder(name), file)
  }

  #read<T extends TSchema>(name: string, file: string, schema: T): Static<T> | null {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#path(name, file), 'utf8'))
      return Value.Check(schema, value) ? value as Static<T> : null
    } catch { return null }
  }
}
