// The building program: makes RAM disks and root images, needing rights that the daemon has not got.
import { parseArgs } from 'node:util'
import { join, resolve } from 'node:path'
import type { Manifest } from '../protocol/os-sources.ts'
import { buildRamdisk, ramdiskSuite } from './boot/build-ramdisk.ts'
import { buildImage, imageSuites } from './install/build-image.ts'
import { buildNoted, buildQueue, type BuildQueue } from './install/build-queue.ts'
import { ImageStore } from './install/image-store.ts'
import { BastionError } from './platform/bastion-error.ts'
import type { BuildCalls } from './platform/build-progress.ts'
import { systemClock } from './platform/clock.ts'
import type { Config } from './platform/config-schema.ts'
import { filesMatch, readManifest } from './platform/manifest-files.ts'
import { findMirror } from './platform/find-mirror.ts'
import { megabytes, showBuild } from './platform/show-build.ts'

/** `ramdisk | image NAME | queue [--watch]` (other options are the caller's). Shows progress through `print`. Gives the exit code: 0 done, 1 a build failed, 2 wrong usage, 130 interrupted. */
export async function runBuild(argv: readonly string[], config: Config, print: (text: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, strict: false, options: { watch: { type: 'boolean' }, config: { type: 'string', short: 'c' } } })
  const [what, name] = positionals
  const stop = new AbortController()
  const interrupt = () => { stop.abort() }
  // Not `once`: execa's exit hook ends the process at once where it finds no other listener.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, interrupt)
  const show = showBuild(print, process.stdout.isTTY ? process.stdout.columns : null)
  try {
    if (what === 'ramdisk') {
      const manifest = await buildConfiguredRamdisk(config, { signal: stop.signal, onNote: show.say, onProgress: progress => show.progress('RAM disk', progress) })
      show.say(`RAM disk, kernel ${manifest.kernel}: ${sizes(manifest)}; in ${config.ramdisk.directory}`)
      return 0
    }
    const queue = imageQueue(config, show, stop.signal)
    if (what === 'image' && name !== undefined && imageSuites[name] !== undefined) return await buildNoted(queue, name) ? 0 : stop.signal.aborted ? 130 : 1
    if (what === 'queue') return await buildQueue({ ...queue, watch: values['watch'] === true }) === 0 ? 0 : stop.signal.aborted ? 130 : 1
    show.say(`Wanted: build ramdisk | build image NAME | build queue [--watch]; NAME is one of ${Object.keys(imageSuites).join(', ')}.`)
    return 2
  } catch (error) {
    show.say(describe(error as Error))
    return stop.signal.aborted ? 130 : 1
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
  }
}

/** Builds the RAM disk that the configuration wants, where it wants it, or finds it up to date. */
export function buildConfiguredRamdisk(config: Config, calls: BuildCalls): Promise<Manifest> {
  const directory = resolve(config.ramdisk.directory)
  return orAsBuilt(directory, 'RAM disk', calls, () => buildRamdisk({ ...calls, directory, cache: cacheFolder(config), mirror: findMirror(config.build, ramdiskSuite), firmware: config.ramdisk.firmware }))
}

/** Builds the root image `name` as configured, or finds it up to date. Refuses (`BST_NOT_FOUND`) an unknown name. */
export async function buildConfiguredImage(config: Config, name: string, calls: BuildCalls): Promise<Manifest> {
  const suite = imageSuites[name]
  if (suite === undefined) throw new BastionError('BST_NOT_FOUND', `No operating system is called ${JSON.stringify(name)}.`, { nextStep: `Known are: ${Object.keys(imageSuites).join(', ')}.` })
  const directory = resolve(config.os.directory, name)
  return orAsBuilt(directory, name, calls, () => buildImage({ ...calls, name, directory, cache: cacheFolder(config), mirror: findMirror(config.build, suite), packages: config.os.packages, firmware: config.os.firmware }))
}

/** Without a mirror nothing newer can be had: what was built before is then as good as it gets, and said to be so. */
async function orAsBuilt(directory: string, what: string, calls: BuildCalls, build: () => Promise<Manifest>): Promise<Manifest> {
  try { return await build() } catch (error) {
    const present = error instanceof BastionError && error.code === 'BST_MIRROR_UNREACHABLE' ? readManifest(directory) : null
    if (present === null || !await filesMatch(directory, present)) throw error
    calls.onNote(`${(error as BastionError).message} The ${what} built on ${new Date(present.builtAt).toISOString().slice(0, 10)} is there and whole, and is used.`)
    return present
  }
}

function imageQueue(config: Config, show: ReturnType<typeof showBuild>, signal: AbortSignal): Omit<BuildQueue, 'watch'> {
  return {
    store: new ImageStore(resolve(config.os.directory)), clock: systemClock, signal,
    build: (name, calls) => buildConfiguredImage(config, name, calls),
    onProgress: show.progress, onNote: show.say,
    onDone(name, result) { show.say(result instanceof Error ? `${name}: ${describe(result)}` : `${name}, kernel ${result.kernel}: ${sizes(result)}; in ${join(config.os.directory, name)}`) },
  }
}

function cacheFolder(config: Config): string {
  return resolve(config.build.cache ?? join(config.state, 'cache'))
}

function sizes(manifest: Manifest): string {
  return manifest.files.map(file => `${file.name} ${megabytes(file.sizeBytes)}`).join(', ')
}

function describe(error: Error): string {
  return `${error.message}${error instanceof BastionError && error.nextStep !== null ? `\n${error.nextStep}` : ''}`
}
