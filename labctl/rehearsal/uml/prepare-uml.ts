// Makes the folder that User-Mode Linux runs from, once, from Debian packages.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { findDebianMirror } from '../find-debian-mirror.ts'
import { umlTree } from './uml-tree.ts'

/** The suite it is taken from: kernels of Debian 12 and 13 (6.1, 6.12) die at their first process on CPUs with AMX; 7.2 does not, and has seccomp mode. */
const suite = 'forky'
const moduleFolders = ['drivers/md', 'drivers/target', 'drivers/scsi', 'drivers/block', 'fs/fat', 'fs/nls', 'fs/configfs', 'crypto', 'lib', 'drivers/net/bonding', 'net/8021q', 'net/802', 'net/llc'] as const

/** Makes what `umlTree` names, where it is missing: 10 s and 250 MB. `say` gets a line per step. */
export async function prepareUml(env: Readonly<Record<string, string | undefined>>, say: (text: string) => void): Promise<void> {
  const { directory, modules } = umlTree(env)
  if (existsSync(modules) && existsSync(directory)) return
  const base = dirname(directory)
  mkdirSync(base, { recursive: true, mode: 0o700 })
  const work = mkdtempSync(join(base, 'work-'))
  try {
    say(`fetching User-Mode Linux (Debian ${suite})`)
    const tree = join(work, 'tree')
    const tar = join(work, 'tree.tar')
    await execa('mmdebstrap', ['--variant=extract', '--quiet', '--aptopt=Acquire::Check-Valid-Until "false"', '--include=user-mode-linux,libc6,libgcc-s1', suite, tar, await findDebianMirror()], { stdin: 'ignore', timeout: 600_000 })
    mkdirSync(tree)
    await execa('tar', ['-xf', tar, '-C', tree, '--no-same-owner', '--exclude=./dev/*'], { stdin: 'ignore', timeout: 120_000 })
    for (const link of ['lib64', 'lib']) if (!existsSync(join(tree, link))) symlinkSync(`usr/${link}`, join(tree, link))
    for (const folder of ['host', 'root', 'proc', 'dev', 'tmp']) mkdirSync(join(tree, folder), { recursive: true })
    say('packing its modules')
    await packModules(join(tree, 'usr/lib/uml/modules'), join(work, 'stage'), join(work, 'modules.cpio'))
    rmSync(join(tree, 'usr/lib/uml/modules'), { recursive: true })
    rmSync(directory, { recursive: true, force: true })
    renameSync(tree, directory)
    renameSync(join(work, 'modules.cpio'), modules)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function packModules(from: string, stage: string, out: string): Promise<void> {
  const [version] = readdirSync(from)
  if (version === undefined) throw new Error(`the package user-mode-linux brought no modules in ${from}`)
  // /lib is a link to usr/lib in the RAM disk: an archive that names lib/ would replace it.
  const to = join(stage, 'usr/lib/modules', version)
  for (const name of readdirSync(join(from, version)).filter(name => name.startsWith('modules.'))) cpSync(join(from, version, name), join(to, name))
  for (const folder of moduleFolders) cpSync(join(from, version, 'kernel', folder), join(to, 'kernel', folder), { recursive: true })
  await execa('sh', ['-c', 'cd "$0" && find . | LC_ALL=C sort | busybox cpio -o -H newc >"$1"', stage, out], { stdin: 'ignore', timeout: 60_000 })
}
