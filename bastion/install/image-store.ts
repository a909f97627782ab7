import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static } from 'typebox'
import { Value } from 'typebox/value'
import { ManifestSchema, type Manifest, type OsSource } from '../../protocol/os-sources.ts'
import { writeAtomically } from '../platform/write-atomically.ts'

/** `progress.json` in the folder of an operating system that is being built; the builder writes it. */
export const BuildStateSchema = Type.Object({
  state: Type.Enum(['queued', 'building', 'failed']),
  step: Type.Union([Type.String(), Type.Null()]),
  percent: Type.Union([Type.Number(), Type.Null()]),
  because: Type.Union([Type.String(), Type.Null()]),
  updatedAt: Type.Integer(),
})
/** See {@link BuildStateSchema}. */
export type BuildState = Static<typeof BuildStateSchema>

/** Root images and the builds that make them, as files: `<name>/manifest.json` of a finished one, `request.json` of a queued one, `progress.json` of a running one. */
export class ImageStore {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** All operating systems, by name. */
  list(): OsSource[] {
    if (!existsSync(this.#directory)) return []
    return readdirSync(this.#directory).toSorted().flatMap(name => this.find(name) ?? [])
  }

  /** One operating system: ready as soon as a complete image is there, whatever a rebuild is doing; null when there is neither image nor build. */
  find(name: string): OsSource | null {
    if (!/^[a-z][a-z0-9.-]{0,62}$/.test(name)) return null
    const folder = join(this.#directory, name)
    const manifest = readJson(join(folder, 'manifest.json'), ManifestSchema)
    const build = readJson(join(folder, 'progress.json'), BuildStateSchema)
    const queued = existsSync(join(folder, 'request.json'))
    const complete = manifest !== null && sizesMatch(folder, manifest)
    const state = complete ? 'ready' : build !== null && build.state !== 'queued' ? build.state : queued ? 'queued' : null
    if (state === null) return null
    const shown = complete && build?.state === 'failed' ? null : build
    return {
      name, state, step: shown?.step ?? null, percent: shown?.percent ?? null, because: shown?.because ?? null,
      kernel: complete ? manifest.kernel : null, builtAt: complete ? manifest.builtAt : null, files: complete ? manifest.files : [],
    }
  }

  /** Queues a build; the builder takes it from there. */
  request(name: string, now: number): void {
    const folder = join(this.#directory, name)
    mkdirSync(folder, { recursive: true })
    rmSync(join(folder, 'progress.json'), { force: true })
    writeAtomically(join(folder, 'request.json'), `${JSON.stringify({ name, requestedAt: now })}\n`, 0o644)
  }

  /** Removes an operating system: its image and its queued build. */
  remove(name: string): void {
    rmSync(join(this.#directory, name), { recursive: true, force: true })
  }
}

function readJson<Schema extends typeof ManifestSchema | typeof BuildStateSchema>(path: string, schema: Schema): Static<Schema> | null {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return Value.Check(schema, value) ? value as Static<Schema> : null
  } catch { return null }
}

function sizesMatch(folder: string, manifest: Manifest): boolean {
  return manifest.files.every(file => statSync(join(folder, file.name), { throwIfNoEntry: false })?.size === file.sizeBytes)
}
