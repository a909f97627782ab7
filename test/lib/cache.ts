import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { buildConfiguredImage, buildConfiguredRamdisk } from '../../bastion/build.ts'
import { BastionError } from '../../bastion/platform/bastion-error.ts'
import type { BuildCalls } from '../../bastion/platform/build-progress.ts'
import { parseConfig } from '../../bastion/platform/read-config.ts'

/** Folder that tests and the rehearsal share for what takes long to build: `LABCTL_TEST_CACHE`, else `labctl` in the user's cache folder. Below it `ramdisk/` and `os/<name>/`. */
export const cacheFolder = process.env['LABCTL_TEST_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'labctl')

/** Folder of the RAM disk. */
export const ramdiskFolder = join(cacheFolder, 'ramdisk')
/** Folder of root images, one folder below it for each. */
export const osFolder = join(cacheFolder, 'os')

/** The real RAM disk, built now unless the cache has it as it would be built; gives its folder. Waits while another process builds it. */
export async function builtRamdisk(tell: (text: string) => void = () => undefined): Promise<string> {
  await whenFree(() => buildConfiguredRamdisk(config(), calls('RAM disk', tell)))
  return ramdiskFolder
}

/** The real root image of an operating system, likewise; gives the folder of all of them. */
export async function builtImage(name = 'debian-13', tell: (text: string) => void = () => undefined): Promise<string> {
  await whenFree(() => buildConfiguredImage(config(), name, calls(name, tell)))
  return osFolder
}

// The same as the rehearsal's, so that packages are fetched once for both.
function config() {
  return parseConfig(JSON.stringify({ state: join(cacheFolder, 'build-state'), ramdisk: { directory: ramdiskFolder }, os: { directory: osFolder } }), 'test/lib/cache.ts')
}

function calls(title: string, tell: (text: string) => void): BuildCalls {
  return { onNote: tell, onProgress: ({ step, percent }) => tell(`${title}: ${Math.floor(percent)} % ${step}`) }
}

async function whenFree<Result>(build: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try { return await build() } catch (error) {
      if (!(error instanceof BastionError && error.code === 'BST_CONFLICT')) throw error
      await delay(2000)
    }
  }
}
