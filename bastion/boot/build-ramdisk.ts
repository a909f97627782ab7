// Makes the RAM disk from Debian's packages: decides whether there is anything to do, then build root, dracut, compression.
import { chmodSync, existsSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Manifest } from '../../protocol/os-sources.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { openBuildFolder } from '../platform/build-folder.ts'
import { spanProgress, type BuildCalls } from '../platform/build-progress.ts'
import { makeBuildRoot } from '../platform/build-root.ts'
import { systemClock } from '../platform/clock.ts'
import { listLines, readTree } from '../platform/list-lines.ts'
import { filesMatch, hashRecipe, readManifest, sumFile } from '../platform/manifest-files.ts'
import { PackageCache } from '../platform/package-cache.ts'
import { countPackages } from '../platform/parse-build-output.ts'
import type { Mirror } from '../platform/plan-mirror.ts'
import { quoteShell } from '../platform/quote-shell.ts'
import { runLines } from '../platform/run-lines.ts'

/** What {@link buildRamdisk} takes. `directory`: where vmlinuz, ramdisk.img, firmware.img and manifest.json go. `cache`: where packages are kept between builds. */
export interface RamdiskBuild extends BuildCalls { directory: string, cache: string, mirror: Mirror, firmware: boolean }

/** The Debian release that the RAM disk is made from. */
export const ramdiskSuite = 'trixie'
const template = fileURLToPath(new URL('../../templates/ramdisk', import.meta.url))

/** Builds the RAM disk, or finds the one that is there to be of the same recipe (packages, our files, kernel version). The old one stays in place until the new one is whole. */
export async function buildRamdisk(build: RamdiskBuild): Promise<Manifest> {
  const span = spanProgress(build.onProgress)
  const ours = readTree(template)
  const cache = new PackageCache(join(build.cache, 'ramdisk'), build.mirror, build.firmware ? ['main', 'non-free-firmware'] : ['main'])
  span('package lists', 0, 5)(0)
  await cache.update(build.onNote, build.signal)
  const firmware = build.firmware ? await cache.knownOf(listLines(ours['firmware-packages']!), 'network cards that need them will not work in the RAM disk', build.onNote) : []
  const packages = [...listLines(ours['packages']!), ...firmware]
  const plan = await cache.plan(packages)
  const kernel = plan.find(planned => /^linux-image-\d/.test(planned.name))
  if (kernel === undefined) throw new BastionError('BST_PROGRAM_FAILED', 'The mirror has no kernel: linux-image-amd64 brings no linux-image-VERSION.')
  const recipe = hashRecipe({ suite: build.mirror.suite, packages, ours, kernel })

  const present = readManifest(build.directory)
  if (present?.recipe === recipe && await filesMatch(build.directory, present)) return present

  await cache.download(packages, span('download', 5, 30), build.signal)
  const folder = await openBuildFolder(build.directory, 'ramdisk')
  try {
    await fillRoot(cache, packages, plan.length, folder, span, build.signal)
    span('compress', 60, 95)(0)
    const names = ['vmlinuz', 'ramdisk.img']
    await compress(folder.directory, 'ramdisk.cpio', 'ramdisk.img', build.signal)
    if (existsSync(join(folder.directory, 'firmware.cpio'))) {
      await compress(folder.directory, 'firmware.cpio', 'firmware.img', build.signal)
      names.push('firmware.img')
    }
    span('checksums', 95, 100)(0)
    const files = []
    for (const name of names) files.push(await sumFile(folder.directory, name))
    const manifest: Manifest = { version: 1, name: 'ramdisk', recipe, kernel: kernel.name.replace('linux-image-', ''), builtAt: systemClock(), files }
    folder.publish(manifest)
    return manifest
  } finally {
    await folder.remove()
  }
}

async function fillRoot(cache: PackageCache, packages: readonly string[], total: number, folder: { directory: string, temporary: string }, span: ReturnType<typeof spanProgress>, signal: AbortSignal | undefined): Promise<void> {
  const files = Object.keys(readTree(template)).map(name => quoteShell(join(template, name)))
  const unpack = span('unpack', 30, 40)
  const count = countPackages(total)
  let unpacking = true
  const tell: Record<string, () => void> = {
    modules: () => span('kernel modules', 40, 50)(0), dracut: () => span('dracut', 50, 58)(0), firmware: () => span('firmware', 58, 60)(0),
  }
  const out = ['vmlinuz', 'ramdisk.cpio', ...(packages.some(name => name.startsWith('firmware-')) ? ['firmware.cpio'] : [])]
  await makeBuildRoot({
    variant: 'extract', packages, cache, tar: null, temporary: folder.temporary, timeoutMs: 1_200_000, signal,
    dpkgOptions: ['path-exclude=/usr/share/man/*', 'path-exclude=/usr/share/doc/*', 'path-exclude=/usr/share/locale/*'],
    hooks: [
      '--extract-hook=mkdir "$1/labctl-ramdisk"',
      `--extract-hook=copy-in ${files.join(' ')} /labctl-ramdisk`,
      '--extract-hook=chroot "$1" sh /labctl-ramdisk/make.sh',
      ...out.map(name => `--extract-hook=download /out/${name} ${quoteShell(join(folder.directory, name))}`),
    ],
    onLine(line) {
      const step = /^step (\w+)$/.exec(line)?.[1]
      if (step !== undefined) { unpacking = false; tell[step]?.() }
      else if (unpacking) unpack(count(line))
    },
  })
}

/** Compresses for the kernel's own unpacker, which takes zstd in windows of up to 8 MiB; padded to 4 bytes because the overlay's archive is loaded right behind it. */
async function compress(directory: string, from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  await runLines('zstd', ['-q', '-12', '-T0', join(directory, from), '-o', join(directory, to)], { timeoutMs: 1_200_000, package: 'zstd', onLine: () => undefined, signal })
  truncateSync(join(directory, to), Math.ceil(statSync(join(directory, to)).size / 4) * 4)
  chmodSync(join(directory, to), 0o644)
  rmSync(join(directory, from))
}
