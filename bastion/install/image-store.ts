// What operating systems are there, queued or being built: read from the folder that builds leave them in, so that the daemon and `labctl-bastion build` need nothing else in common.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { Manifest, OsSource } from '../../protocol/os-sources.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { systemClock, type Clock } from '../platform/clock.ts'
import { readManifest } from '../platform/manifest-files.ts'
import { writeAtomically } from '../platform/write-atomically.ts'
import { imageSuites } from './build-image.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** `request.json`: somebody wants this built. */
export const BuildRequestSchema = Type.Object({ name: Type.String(), requestedAt: Type.Integer({ description: 'Milliseconds since 1970' }) })
/** `progress.json`: where a build is, or why it failed. */
export const BuildStateSchema = Type.Object({
  state: Type.Union([Type.Literal('queued'), Type.Literal('building'), Type.Literal('failed')]),
  step: orNull(Type.String()), percent: orNull(Type.Number()), because: orNull(Type.String()), updatedAt: Type.Integer({ description: 'Milliseconds since 1970' }),
})
/** See {@link BuildRequestSchema}. */
export type BuildRequest = Static<typeof BuildRequestSchema>
/** See {@link BuildStateSchema}. */
export type BuildState = Static<typeof BuildStateSchema>

/** A change within this time of the last one may carry the same time stamp. */
const unsettledMs = 200

/** The folder of operating systems (`os.directory`), one folder below it for each. */
export class ImageStore {
  readonly directory: string
  readonly #clock: Clock
  /** What is ready, and no build is about, as long as its folder does not change: each dispatch of an armed machine asks. */
  readonly #settled = new Map<string, { folder: string, source: OsSource }>()

  constructor(directory: string, clock: Clock = systemClock) {
    this.directory = directory
    this.#clock = clock
  }

  /** Every operating system that is ready, queued, being built, or failed to build. */
  list(): OsSource[] {
    if (!existsSync(this.directory)) return []
    return readdirSync(this.directory).toSorted().flatMap(name => this.find(name) ?? [])
  }

  /** One operating system: ready as soon as a complete image is there, whatever a rebuild is doing; null when there is neither image nor build. */
  find(name: string): OsSource | null {
    if (!/^[a-z][a-z0-9.-]{0,62}$/.test(name)) return null
    const folder = this.#folderOf(name)
    const settled = this.#settled.get(name)
    if (settled !== undefined && folder === settled.folder) return settled.source
    this.#settled.delete(name)
    const source = this.#look(name)
    if (source?.state === 'ready' && source.step === null && source.because === null && folder !== null) this.#settled.set(name, { folder, source })
    return source
  }

  #look(name: string): OsSource | null {
    const manifest = this.#complete(name)
    const request = this.#read(name, 'request.json', BuildRequestSchema)
    const build = this.#state(name, request)
    const state = manifest !== null ? 'ready' : build?.state ?? (request === null ? null : 'queued')
    if (state === null) return null
    return {
      name, kind: 'image', state, url: null, release: null, step: build?.step ?? null, percent: build?.percent ?? null, because: build?.because ?? null,
      kernel: manifest?.kernel ?? null, builtAt: manifest?.builtAt ?? null, files: manifest?.files ?? [],
    }
  }

  /** Queues a build for `labctl-bastion build queue`; asking twice changes nothing. Refuses a name that no build is known for. */
  request(name: string, now: number): OsSource | Refusal {
    if (imageSuites[name] === undefined) return { code: 'unknown-os', because: `No operating system is called ${JSON.stringify(name)}; known are: ${Object.keys(imageSuites).join(', ')}.`, nextStep: 'Name one of the known ones.' }
    if (!this.#isBuilding(name)) {
      mkdirSync(join(this.directory, name), { recursive: true })
      rmSync(join(this.directory, name, 'progress.json'), { force: true })
      if (this.#read(name, 'request.json', BuildRequestSchema) === null) this.#write(name, 'request.json', { name, requestedAt: now } satisfies BuildRequest)
    }
    return this.find(name)!
  }

  /** The builds asked for, the oldest first. */
  requests(): BuildRequest[] {
    return Object.keys(imageSuites).flatMap(name => this.#read(name, 'request.json', BuildRequestSchema) ?? []).toSorted((a, b) => a.requestedAt - b.requestedAt)
  }

  /** Notes where a build is; `null` for one that ended well: its request is done. A failed one's request is done too: it isn't tried again by itself. */
  note(name: string, state: BuildState | null): void {
    mkdirSync(join(this.directory, name), { recursive: true })
    if (state === null) rmSync(join(this.directory, name, 'progress.json'), { force: true })
    else this.#write(name, 'progress.json', state)
    if (state === null || state.state === 'failed') rmSync(join(this.directory, name, 'request.json'), { force: true })
  }

  /** Takes an operating system away with its files. Refuses one that isn't there, and one that is being built. */
  remove(name: string): Refusal | null {
    if (this.find(name) === null) return { code: 'not-found', because: `There is no operating system ${JSON.stringify(name)}.`, nextStep: 'See `labctl os list`.' }
    if (this.#isBuilding(name)) return { code: 'building', because: `${name} is being built.`, nextStep: 'Stop the build, or wait until it is done.' }
    // The manifest first: what is left of an interrupted removal isn't taken for an image.
    rmSync(join(this.directory, name, 'manifest.json'), { force: true })
    rmSync(join(this.directory, name), { recursive: true, force: true })
    return null
  }

  /** Tells one state of a folder from another, by when names in it and its manifest changed; null while it may change within the same tick of the clock. */
  #folderOf(name: string): string | null {
    const found = [join(this.directory, name), join(this.directory, name, 'manifest.json')].map(path => statSync(path, { throwIfNoEntry: false }))
    if (found[0] === undefined || found.some(one => one !== undefined && Date.now() - one.mtimeMs < unsettledMs)) return null
    return found.map(one => one === undefined ? 'none' : `${one.ino} ${one.size} ${one.mtimeMs}`).join(' ')
  }

  #isBuilding(name: string): boolean {
    return this.#state(name, null)?.state === 'building'
  }

  #complete(name: string): Manifest | null {
    const manifest = readManifest(join(this.directory, name))
    return manifest?.files.every(file => statSync(join(this.directory, name, file.name), { throwIfNoEntry: false })?.size === file.sizeBytes) === true ? manifest : null
  }

  /** A build that says nothing for a minute was killed: it tells every few seconds that it lives. */
  #state(name: string, request: BuildRequest | null): BuildState | null {
    const state = this.#read(name, 'progress.json', BuildStateSchema)
    if (state?.state !== 'building' || this.#clock() - state.updatedAt < 60_000) return state
    if (request !== null) return { ...state, state: 'queued', step: null, percent: null }
    return { ...state, state: 'failed', step: null, percent: null, because: `The build was interrupted. Run: labctl-bastion build image ${name}` }
  }

  #read<T extends TSchema>(name: string, file: string, schema: T): Static<T> | null {
    try {
      const value: unknown = JSON.parse(readFileSync(join(this.directory, name, file), 'utf8'))
      return Value.Check(schema, value) ? value as Static<T> : null
    } catch { return null }
  }

  #write(name: string, file: string, value: BuildRequest | BuildState): void {
    writeAtomically(join(this.directory, name, file), `${JSON.stringify(value)}\n`, 0o644)
  }
}
