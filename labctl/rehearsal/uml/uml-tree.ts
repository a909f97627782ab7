import { join } from 'node:path'
import { cacheDirectory } from '../state-folder.ts'

/** Counted up when other modules are wanted, so that a tree in use stays as it is. */
const version = 2

/** Where User-Mode Linux is kept: a folder to chroot into, its modules as a cpio, and the RAM disk that it uses to reach an installed root. */
export function umlTree(env: Readonly<Record<string, string | undefined>>): { directory: string, modules: string, ramdisk: () => string } {
  const base = env['LABCTL_UML'] ?? join(cacheDirectory(env), `uml-${version}`)
  return { directory: join(base, 'tree'), modules: join(base, 'modules.cpio'), ramdisk: () => join(env['LABCTL_RAMDISK'] ?? join(cacheDirectory(env), 'ramdisk'), 'ramdisk.img') }
}
