// The boot programs of Debian 13, which has one for arm64, on whatever Debian the tests run.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { findDebianMirror } from '../../labctl/rehearsal/find-debian-mirror.ts'
import { cacheFolder } from './cache.ts'

const folder = join(cacheFolder, 'ipxe-trixie')

/** Its folder `/usr/lib/ipxe`, fetched into the cache unless it is there: to be mounted over the host's own. */
export async function debian13Ipxe(): Promise<string> {
  if (existsSync(folder)) return folder
  mkdirSync(cacheFolder, { recursive: true })
  const begun = mkdtempSync(`${folder}.`)
  try {
    await execa('mmdebstrap', ['--variant=extract', '--quiet', '--include=ipxe', 'trixie', join(begun, 'tree.tar'), await findDebianMirror()], { stdin: 'ignore', timeout: 600_000 })
    await execa('tar', ['-xf', join(begun, 'tree.tar'), '-C', begun, '--no-same-owner', './usr/lib/ipxe'], { stdin: 'ignore', timeout: 120_000 })
    if (!existsSync(folder)) renameSync(join(begun, 'usr/lib/ipxe'), folder)
    return folder
  } finally {
    rmSync(begun, { recursive: true, force: true })
  }
}
