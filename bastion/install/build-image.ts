// Makes the root image of an operating system from its distribution's packages: decides whether there is anything to do, then system, archive, compression.
import { chmodSync, readFileSync } from 'node:fs'
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
import { packTree } from '../platform/pack-tree.ts'
import { PackageCache } from '../platform/package-cache.ts'
import { countPackages } from '../platform/parse-build-output.ts'
import { renderAptSources, type Mirror } from '../platform/plan-mirror.ts'
import { quoteShell } from '../platform/quote-shell.ts'
import { runLines } from '../platform/run-lines.ts'

/** What {@link buildImage} takes. `directory`: the folder of this operating system, which gets image.tar, image.tar.zst and manifest.json. `cache`: where packages are kept between builds. `mirror`: of the release that `imageSuites` names. */
export interface ImageBuild extends BuildCalls { name: string, directory: string, cache: string, mirror: Mirror, packages: readonly string[], firmware: boolean }

/** The operating systems that can be built, with the release that their packages come from. */
export const imageSuites: Readonly<Record<string, string>> = { 'debian-13': 'trixie' }

const template = fileURLToPath(new URL('../../templates/image', import.meta.url))
const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Builds a root image, or finds the one that is there to be of the same recipe (every package with its version, our files). The old one stays in place until the new one is whole. */
export async function buildImage(build: ImageBuild): Promise<Manifest> {
  const span = spanProgress(build.onProgress)
  const ours = readTree(template)
  const cache = new PackageCache(join(build.cache, build.name), build.mirror, build.firmware ? ['main', 'non-free-firmware'] : ['main'])
  span('package lists', 0, 2)(0)
  await cache.update(build.onNote, build.signal)
  const firmware = build.firmware ? await cache.knownOf(listLines(ours['firmware-packages']!), 'network cards that need them may not work on installed machines', build.onNote) : []
  const packages = [...new Set([...listLines(ours['packages']!), ...firmware, ...build.packages])]
  const whole = ['?essential', 'apt', ...packages]
  const plan = await cache.plan(whole)
  const kernel = plan.find(planned => /^linux-image-\d/.test(planned.name))
  if (kernel === undefined) throw new BastionError('BST_PROGRAM_FAILED', 'The mirror has no kernel: linux-image-amd64 brings no linux-image-VERSION.')
  const recipe = hashRecipe({ name: build.name, mirror: cache.parts, ours, plan })

  const present = readManifest(build.directory)
  if (present?.recipe === recipe && await filesMatch(build.directory, present)) return present

  await cache.download(whole, span('download', 2, 15), build.signal)
  const folder = await openBuildFolder(build.directory, build.name)
  try {
    const tree = join(folder.temporary, 'files.tar')
    await packTree(imageFiles(ours, cache), tree)
    const install = span('unpack and set up', 15, 78)
    const count = countPackages(plan.length)
    await makeBuildRoot({
      variant: 'apt', packages, cache, tar: join(folder.directory, 'image.tar'), temporary: folder.temporary, timeoutMs: 3_600_000, signal: build.signal,
      dpkgOptions: listLines(ours['dpkg-options']!),
      // Before the kernel is set up, because its initrd is made by what our files say.
      hooks: [`--essential-hook=tar-in ${quoteShell(tree)} /`, '--customize-hook=chroot "$1" sh /usr/lib/labctl/customize.sh'],
      onLine: line => install(count(line)),
    })
    span('compress', 78, 95)(0)
    await runLines('zstd', ['-q', '-9', '-T0', join(folder.directory, 'image.tar'), '-o', join(folder.directory, 'image.tar.zst')], { timeoutMs: 1_800_000, package: 'zstd', onLine: () => undefined, signal: build.signal })
    span('checksums', 95, 100)(0)
    const files = []
    for (const name of ['image.tar', 'image.tar.zst']) {
      chmodSync(join(folder.directory, name), 0o644)
      files.push(await sumFile(folder.directory, name))
    }
    const manifest: Manifest = { version: 1, name: build.name, recipe, kernel: kernel.name.replace('linux-image-', ''), builtAt: systemClock(), files }
    folder.publish(manifest)
    return manifest
  } finally {
    await folder.remove()
  }
}

function imageFiles(ours: Readonly<Record<string, string>>, cache: PackageCache): Record<string, string | Buffer> {
  const files: Record<string, string | Buffer> = {}
  for (const [path, text] of Object.entries(ours)) if (path.startsWith('files/')) files[path.slice('files/'.length)] = text
  files['usr/lib/labctl/customize.sh'] = ours['customize.sh']!
  const own = cache.mirror.keyring !== debianKeyring
  const keyring = own ? '/etc/apt/keyrings/labctl-mirror.gpg' : debianKeyring
  if (own) files[keyring.slice(1)] = readFileSync(cache.mirror.keyring)
  files['usr/lib/labctl/image.sources'] = renderAptSources(cache.parts, cache.components, keyring)
  return files
}
