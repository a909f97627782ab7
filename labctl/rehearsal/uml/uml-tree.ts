import { join } from 'node:path'
import { cacheDirectory } from '../state-folder.ts'

/** Where User-Mode Linux is kept: a folder to chroot into, its modules as a cpio, and the RAM disk that it uses to reach an installed root. */
export function umlTree(env: Readonly<Record<string, string | undefined>>): { directory: string, modules: string, ramdisk: () => string } {
  const base = env['LABCTL_UML'] ?? join(cacheDirectory(env), 'uml')
  return { directory: join(base, 'tree'), modules: join(base, 'modules.cpio'), ramdisk: () => join(env['LABCTL_RAMDISK'] ?? join(cacheDirectory(env), 'ramdisk'), 'ramdisk.img') }
}
