// An initrd that the real dracut of a Debian release made, with a module in place of anaconda's.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { findDebianMirror } from '../../labctl/rehearsal/find-debian-mirror.ts'
import { cacheFolder } from './cache.ts'

const module = fileURLToPath(new URL('../fixtures/standin-installer', import.meta.url))
const packages = ['base-files', 'bash', 'coreutils', 'cpio', 'dash', 'debianutils', 'diffutils', 'dracut-core', 'findutils', 'grep', 'gzip', 'hostname', 'kmod', 'libc-bin', 'mawk', 'sed', 'util-linux', 'mount', 'udev', 'systemd', 'busybox-static', 'procps']

/** The initrd, made into the cache unless it is there. `bookworm` has dracut 059, with its hooks in /lib/dracut/hooks; `trixie` 106, with them in /var/lib/dracut/hooks and a link in the former place. */
export async function dracutInitrd(suite: 'bookworm' | 'trixie'): Promise<Buffer> {
  const files = readdirSync(module).toSorted().map(name => join(module, name))
  const recipe = createHash('sha256').update(files.map(path => readFileSync(path, 'utf8')).join('')).update(packages.join()).digest('hex').slice(0, 12)
  const path = join(cacheFolder, `dracut-${suite}-${recipe}.img`)
  if (existsSync(path)) return readFileSync(path)
  mkdirSync(cacheFolder, { recursive: true })
  const begun = mkdtempSync(`${path}.`)
  try {
    await execa('mmdebstrap', [
      '--variant=extract', '--quiet', '--format=null', `--include=${packages.join(',')}`, // As Fedora and the RHEL family have it; bookworm's base-files leaves that to others.
      '--setup-hook=for name in bin sbin lib lib64; do mkdir -p "$1/usr/$name"; ln -s "usr/$name" "$1/$name"; done', '--extract-hook=mkdir "$1/standin"', `--extract-hook=copy-in ${files.join(' ')} /standin`,
      '--extract-hook=chroot "$1" sh /standin/make.sh', `--extract-hook=download /out/initrd.img ${join(begun, 'initrd.img')}`, suite, '-', await findDebianMirror(),
    ], { stdin: 'ignore', timeout: 600_000 })
    renameSync(join(begun, 'initrd.img'), path)
    return readFileSync(path)
  } finally {
    rmSync(begun, { recursive: true, force: true })
  }
}
