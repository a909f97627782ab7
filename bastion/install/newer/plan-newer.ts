// Decides where a newer release of an installation tree would be, from where the tree is: mirrors have the release as a folder of its own.
import type { Tree } from '../../../protocol/tree-sources.ts'

/** The root of the tree that would be the next release, `43` after `42`, `9.7` after `9.6`, `10-stream` after `9-stream`; null where the URL does not say the release. */
export function planNewer({ url, release, image }: Pick<Tree, 'url' | 'release' | 'image'>): string | null {
  const major = /^\d{1,3}/.exec(release)?.[0]
  if (image != null || major === undefined || !URL.canParse(url)) return null
  const found = new URL(url)
  const next = (word: string): string => {
    if (word === major || word === `${major}-stream`) return word.replace(major, String(Number(major) + 1))
    const minor = new RegExp(`^${major}\\.(\\d{1,3})$`).exec(word)?.[1]
    return minor === undefined ? word : `${major}.${Number(minor) + 1}`
  }
  found.pathname = found.pathname.split('/').map(next).join('/')
  return found.href === url ? null : found.href
}
