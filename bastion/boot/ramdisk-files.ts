import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { ManifestSchema, type Manifest } from '../../protocol/os-sources.ts'

/** The RAM disk's folder as it is now: what may be served from it, or why nothing is. */
export interface RamdiskState { missing: string | null, manifest: Manifest | null, hasFirmware: boolean }

/** Watches nothing: looks again when the manifest's time changed, so that a new build is seen at once and a dispatch costs one stat. */
export class RamdiskFiles {
  readonly directory: string
  #seen = -1
  #state: RamdiskState = { missing: 'never looked', manifest: null, hasFirmware: false }

  constructor(directory: string) {
    this.directory = directory
  }

  /** What is there now. Files whose sizes are not the manifest's count as missing. */
  state(): RamdiskState {
    const path = join(this.directory, 'manifest.json')
    const changed = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changed !== this.#seen) {
      this.#state = read(this.directory, path)
      this.#seen = changed
    }
    return this.#state
  }
}

function read(directory: string, path: string): RamdiskState {
  const missing = (because: string): RamdiskState => ({ missing: `There is no RAM disk here: ${because}. Run: labctl-bastion build ramdisk`, manifest: null, hasFirmware: false })
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!Value.Check(ManifestSchema, manifest)) return missing(`${path} is not a manifest`)
    for (const file of manifest.files) {
      const size = statSync(join(directory, file.name), { throwIfNoEntry: false })?.size
      if (size !== file.sizeBytes) return missing(`${file.name} is ${size === undefined ? 'missing' : `${size} bytes`}, not ${file.sizeBytes} bytes`)
    }
    for (const name of ['vmlinuz', 'ramdisk.img']) if (!manifest.files.some(file => file.name === name)) return missing(`the manifest names no ${name}`)
    return { missing: null, manifest, hasFirmware: manifest.files.some(file => file.name === 'firmware.img') }
  } catch (error) {
    return missing((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it has not been built' : (error as Error).message)
  }
}
