import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { cachedBuilds } from '../../labctl/rehearsal/start-rehearsal.ts'
import type { Manifest } from '../../protocol/os-sources.ts'

/** A folder of operating systems with the real image of debian-13, under a manifest that the test may change. */
export function imageWithManifest(t: Test): { directory: string, write: (change: (manifest: Manifest) => Manifest) => void } {
  const cached = join(cachedBuilds().os, 'debian-13')
  const directory = join(t.testdir(), 'os')
  const folder = join(directory, 'debian-13')
  const manifest = JSON.parse(readFileSync(join(cached, 'manifest.json'), 'utf8')) as Manifest
  mkdirSync(folder, { recursive: true })
  for (const { name } of manifest.files) symlinkSync(join(cached, name), join(folder, name))
  const write = (change: (manifest: Manifest) => Manifest) => { writeFileSync(join(folder, 'manifest.json'), JSON.stringify(change(structuredClone(manifest)))) }
  write(same => same)
  return { directory, write }
}
