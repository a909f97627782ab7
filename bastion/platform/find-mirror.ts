import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { BastionError } from './bastion-error.ts'
import { parseAptSources, type AptSource } from './parse-apt-sources.ts'
import { planMirror, type Mirror, type MirrorWish } from './plan-mirror.ts'

/** The mirror of the Debian release `suite`, as given or as this host's apt configuration in `folder` has it. Refuses (`BST_REFUSED`) where there is none, or where its keyring is missing. */
export function findMirror(wish: MirrorWish, suite: string, folder = '/etc/apt'): Mirror {
  const mirror = planMirror(wish.mirror === null ? readSources(folder) : [], wish, suite)
  if ('code' in mirror) throw new BastionError('BST_REFUSED', mirror.because, { nextStep: mirror.nextStep, refusals: [mirror] })
  if (!existsSync(mirror.keyring)) {
    throw new BastionError('BST_REFUSED', `The keyring ${mirror.keyring}, which the mirror’s signatures are checked with, does not exist.`, { nextStep: 'apt-get install debian-archive-keyring, or name another as build.keyring.' })
  }
  return mirror
}

function readSources(folder: string): AptSource[] {
  const parts = join(folder, 'sources.list.d')
  const names = existsSync(parts) ? readdirSync(parts).toSorted().map(name => join(parts, name)) : []
  return [join(folder, 'sources.list'), ...names].flatMap(path => {
    const form = path.endsWith('.list') ? 'list' : path.endsWith('.sources') ? 'deb822' : null
    return form === null || !existsSync(path) ? [] : parseAptSources(readFileSync(path, 'utf8'), form)
  })
}
