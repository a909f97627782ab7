import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageCache } from './package-cache.ts'
import { quoteShell } from './quote-shell.ts'
import { runLines } from './run-lines.ts'

/** A Debian system made in a temporary folder by mmdebstrap(1): as root, or in a user namespace (needs `uidmap` and a subuid range). */
export interface BuildRoot {
  /** `apt`: a system with its essential packages, set up. `extract`: packages only unpacked, no maintainer script runs. */
  variant: 'apt' | 'extract'
  packages: readonly string[]
  /** Holds every package already: nothing is fetched. */
  cache: PackageCache
  /** Where the tar archive of the system goes, or null for none. */
  tar: string | null
  /** Options such as `--customize-hook=...`, run in this order. */
  hooks: readonly string[]
  dpkgOptions: readonly string[]
  /** Folder for the system while it is made; must let other users pass (`x`) where an ordinary user builds. */
  temporary: string
  timeoutMs: number
  onLine: (line: string) => void
  signal?: AbortSignal | undefined
}

/** Makes the system and runs its hooks; on failure or interruption mmdebstrap takes its folder away. */
export async function makeBuildRoot(root: BuildRoot): Promise<void> {
  const { cache } = root
  const aptOptions = join(root.temporary, 'apt-options')
  writeFileSync(aptOptions, [...cache.hostOptions, 'APT::Install-Recommends "false";', 'Acquire::Languages "none";', ''].join('\n'))
  await runLines('mmdebstrap', [
    `--mode=${buildMode()}`, `--variant=${root.variant}`, '--architectures=amd64', '--verbose', '--skip=update', '--skip=essential/unlink',
    `--format=${root.tar === null ? 'null' : 'tar'}`, `--include=${root.packages.join(',')}`, `--aptopt=${aptOptions}`,
    ...root.dpkgOptions.map(option => `--dpkgopt=${option}`),
    `--setup-hook=sync-in ${quoteShell(cache.lists)} /var/lib/apt/lists`,
    '--setup-hook=mkdir -p "$1/var/cache/apt/archives"',
    `--setup-hook=sync-in ${quoteShell(cache.archives)} /var/cache/apt/archives`,
    ...root.hooks, cache.mirror.suite, root.tar ?? '-', cache.sourcesFile,
  ], { apart: buildMode() === 'root', timeoutMs: root.timeoutMs, package: 'mmdebstrap', env: { TMPDIR: root.temporary, LC_ALL: 'C.UTF-8' }, onLine: root.onLine, signal: root.signal })
}

/** How this process may make a system: `root`, or `unshare` for an ordinary user. */
export function buildMode(): 'root' | 'unshare' {
  return process.getuid?.() === 0 ? 'root' : 'unshare'
}
