import { createHash } from 'node:crypto'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Value } from 'typebox/value'
import { ManifestSchema, type Manifest } from '../../protocol/os-sources.ts'

/** The manifest in a folder, or null where there is none that can be read. */
export function readManifest(directory: string): Manifest | null {
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))
    return Value.Check(ManifestSchema, manifest) ? manifest : null
  } catch {
    return null
  }
}

/** Size in bytes and SHA-256 of a file of `directory`, as a manifest lists it. */
export async function sumFile(directory: string, name: string): Promise<Manifest['files'][number]> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of createReadStream(join(directory, name), { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer)
    sizeBytes += (chunk as Buffer).length
  }
  return { name, sizeBytes, sha256: hash.digest('hex') }
}

/** Whether every file that the manifest lists is there with its size and sum. */
export async function filesMatch(directory: string, manifest: Manifest): Promise<boolean> {
  for (const file of manifest.files) {
    const found = await sumFile(directory, file.name).catch(() => null)
    if (found?.sizeBytes !== file.sizeBytes || found.sha256 !== file.sha256) return false
  }
  return true
}

/** SHA-256 over what goes into a build; the order of keys doesn't matter. */
export function hashRecipe(ingredients: Readonly<Record<string, unknown>>): string {
  return createHash('sha256').update(JSON.stringify(Object.entries(ingredients).toSorted(([a], [b]) => (a < b ? -1 : 1)))).digest('hex')
}
