// The real nmcli of Debian 13, with the library that reads and judges NetworkManager's files.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { findDebianMirror } from '../../labctl/rehearsal/find-debian-mirror.ts'
import { cacheFolder } from './cache.ts'

const folder = join(cacheFolder, 'nmcli-trixie')

/** Fetches it into the cache unless it is there. */
async function installed(): Promise<void> {
  if (existsSync(folder)) return
  mkdirSync(cacheFolder, { recursive: true })
  const begun = mkdtempSync(`${folder}.`)
  try {
    await execa('mmdebstrap', ['--variant=extract', '--quiet', '--include=network-manager', 'trixie', join(begun, 'tree.tar'), await findDebianMirror()], { stdin: 'ignore', timeout: 600_000 })
    mkdirSync(join(begun, 'tree'))
    await execa('tar', ['-xf', join(begun, 'tree.tar'), '-C', join(begun, 'tree'), '--no-same-owner', './usr/bin/nmcli', './usr/lib/x86_64-linux-gnu'], { stdin: 'ignore', timeout: 120_000 })
    if (!existsSync(folder)) renameSync(join(begun, 'tree'), folder)
  } finally {
    rmSync(begun, { recursive: true, force: true })
  }
}

/** What NetworkManager says of a connection file: null when it takes it. */
export async function connectionComplaint(text: string): Promise<string | null> {
  await installed()
  const libraries = join(folder, 'usr/lib/x86_64-linux-gnu')
  const { exitCode, stderr } = await execa(join(libraries, 'ld-linux-x86-64.so.2'), ['--library-path', libraries, join(folder, 'usr/bin/nmcli'), '--offline', 'connection', 'modify', 'connection.zone', ''], { input: text, reject: false, timeout: 30_000 })
  return exitCode === 0 ? null : stderr
}
