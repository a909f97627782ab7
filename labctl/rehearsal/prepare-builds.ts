// Has the RAM disk and the root image built before a rehearsal starts: that needs the mirror, which no rehearsal reaches.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { LabctlError } from '../labctl-error.ts'
import { renderHarmless } from '../output/render-harmless.ts'
import type { Session } from '../session.ts'
import { findBastionProgram } from '../standalone/bastion-program.ts'
import { cacheDirectory } from './state-folder.ts'

/** Builds what is missing or out of date below the given folders. `labctl-bastion build` looks itself whether there is anything to do. Refuses a build that fails, with its last lines. */
export async function prepareBuilds(session: Session, folders: { ramdisk: string, os: string }, wanted: { image: string | null }): Promise<void> {
  const cache = cacheDirectory(session.env)
  mkdirSync(cache, { recursive: true, mode: 0o700 })
  for (const folder of [folders.ramdisk, folders.os]) mkdirSync(folder, { recursive: true })
  const config = join(cache, `build-${process.pid}.yaml`)
  writeFileSync(config, JSON.stringify({ state: join(cache, 'build-state'), ramdisk: { directory: folders.ramdisk }, os: { directory: folders.os } }), { mode: 0o600 })
  try {
    await build(session, 'the RAM disk', ['build', 'ramdisk', '--config', config], join(folders.ramdisk, 'manifest.json'))
    if (wanted.image !== null) await build(session, `the root image ${wanted.image}`, ['build', 'image', wanted.image, '--config', config], join(folders.os, wanted.image, 'manifest.json'))
  } finally {
    rmSync(config, { force: true })
  }
}

async function build(session: Session, what: string, args: string[], manifest: string): Promise<void> {
  const { file, args: before } = findBastionProgram()
  const startedAt = Date.now()
  const old = builtAt(manifest)
  const last: string[] = []
  session.terminal.status(`Looking after ${what} ...`)
  const child = execa(file, [...before, ...args], { reject: false, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', all: true, buffer: false, cancelSignal: session.signal, forceKillAfterDelay: 10_000 })
  for await (const line of child.iterable({ from: 'all' })) {
    const text = renderHarmless(line).trim()
    if (text === '') continue
    last.push(text)
    if (last.length > 12) last.shift()
    session.terminal.status(`${what}: ${text}`)
  }
  const { exitCode } = await child
  session.terminal.status(null)
  if (exitCode !== 0) throw new LabctlError(session.signal.aborted ? 'interrupted' : 'failed', 'rehearsal-build', `${what} could not be built:\n${last.join('\n')}`)
  if (builtAt(manifest) !== old) session.terminal.line(`Built ${what} in ${Math.round((Date.now() - startedAt) / 1000)} s; it is kept in ${manifest.replace(/\/[^/]*$/, '')}.`)
}

function builtAt(manifest: string): number | null {
  return existsSync(manifest) ? (JSON.parse(readFileSync(manifest, 'utf8')) as { builtAt: number }).builtAt : null
}
