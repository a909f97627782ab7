// Decides what a machine may be given of an installation tree that came over plain HTTP, where anybody on the way can change what is not summed up: by the sums of the .treeinfo, whose own sum the operator gave.
import type { Tree } from '../../protocol/tree-sources.ts'

/** `free`: as it comes, since the mirror is authenticated, or since package managers check it against what is summed up. `sum`: only with this SHA-256. `none`: not at all. */
export type Vouched = { kind: 'free' } | { kind: 'sum', sha256: string } | { kind: 'none' }

const packageList = /(^|\/)repodata\/repomd\.xml$/

/** For a file at `url`, which lies at `path` below the tree or one of its repositories. The package list names the sums of the other lists, and those the sums of all packages; installers also start updates and product images that they find beside their own files. */
export function decideVouched(tree: Tree, url: string, path: string): Vouched {
  if (!tree.url.startsWith('http:')) return { kind: 'free' }
  if (packageList.test(path)) {
    const sha256 = tree.repositories.find(repository => url === `${repository.url}repodata/repomd.xml`)?.repomdSha256
    return sha256 == null ? { kind: 'none' } : { kind: 'sum', sha256 }
  }
  return /\.(rpm|drpm)$/.test(path) || /(^|\/)repodata\/[^/]+\.(xml|sqlite|yaml|zck|gz|xz|zst|bz2)$/.test(path) ? { kind: 'free' } : { kind: 'none' }
}
