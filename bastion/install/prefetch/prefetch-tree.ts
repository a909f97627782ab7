// Brings every package of a tree's repositories into the pass-through cache, for a site that will have no way out when machines install.
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Readable } from 'node:stream'
import type { Tree } from '../../../protocol/tree-sources.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import type { CachedFile } from '../cached-file.ts'
import type { UpstreamCache } from '../upstream-cache.ts'
import { parsePrimary, parseRepomd, type Package } from './parse-repodata.ts'

/** How far it is. */
export interface PrefetchProgress { step: string, percent: number, packages: number, sizeBytes: number }

const atOnce = 4
const mostMetadataBytes = 4 * 2 ** 20

/** Packages and bytes that are there now. Refuses (`BST_REFUSED`) what the cache can't hold beside nothing else, and (`BST_UPSTREAM_FAILED`) what the mirror does not give whole. */
export async function prefetchTree(tree: Tree, cache: UpstreamCache, signal: AbortSignal, onProgress: (progress: PrefetchProgress) => void): Promise<{ packages: number, sizeBytes: number }> {
  const wanted = new Map<string, number>()
  for (const { id, url } of tree.repositories) {
    onProgress({ step: `reading the repository ${id}`, percent: 0, packages: 0, sizeBytes: 0 })
    for (const found of await packagesOf(url, cache)) wanted.set(urlOf(url, found.path), found.sizeBytes)
    signal.throwIfAborted()
  }
  const total = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0)
  if (total > cache.folder.mostBytes * 0.95) {
    const [because, nextStep] = [`The repositories of ${tree.name} have ${wanted.size} packages of ${Math.ceil(total / 2 ** 20)} MiB, and the cache may hold ${Math.floor(cache.folder.mostBytes / 2 ** 20)} MiB.`, 'Raise os.cacheMib in bastion.yaml, or add the tree from the image of a DVD: --iso FILE.']
    throw new BastionError('BST_REFUSED', because, { nextStep, refusals: [{ code: 'prefetch-too-large', because, nextStep }] })
  }
  const queue = [...wanted.keys()]
  let [packages, sizeBytes] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
      signal.throwIfAborted()
      await whole(await cache.find(url, { fresh: false }))
      packages += 1
      sizeBytes += wanted.get(url)!
      onProgress({ step: 'fetching packages', percent: total === 0 ? 100 : 100 * sizeBytes / total, packages, sizeBytes })
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, worker))
  } finally {
    queue.length = 0
  }
  return { packages, sizeBytes }
}

async function packagesOf(url: string, cache: UpstreamCache): Promise<Package[]> {
  const repomd = await whole(await cache.find(urlOf(url, 'repodata/repomd.xml'), { fresh: true }))
  if (repomd.sizeBytes > mostMetadataBytes) throw broken(url, 'its repomd.xml is too large')
  const metadata = parseRepomd(Buffer.concat(await (await repomd.read(0, repomd.sizeBytes - 1)).toArray() as Buffer[]).toString('utf8'))
  if (metadata === null) throw broken(url, 'its repomd.xml can’t be read')
  const found: Package[] = []
  for (const { type, path } of metadata) {
    const file = await whole(await cache.find(urlOf(url, path), { fresh: false }))
    if (type !== 'primary') continue
    try {
      for await (const one of parsePrimary(unpacked(await file.read(0, file.sizeBytes - 1), path))) found.push(one)
    } catch (cause) { throw broken(url, (cause as Error).message, cause) }
  }
  return found
}

function unpacked(bytes: Readable, path: string): AsyncIterable<string> {
  const form = /\.(gz|zst|xml)$/.exec(path)?.[1]
  if (form === undefined) throw new RangeError(`its list of packages (${path}) is packed in a way that is not read here; gz and zst are`)
  const plain = form === 'xml' ? bytes : bytes.pipe(form === 'gz' ? createGunzip() : createZstdDecompress())
  bytes.once('error', cause => { plain.destroy(cause) })
  return plain.setEncoding('utf8')
}

async function whole(file: CachedFile): Promise<CachedFile> {
  await file.settled
  if (file.failure !== null) throw file.failure
  return file
}

function broken(url: string, why: string, cause?: unknown): BastionError {
  return new BastionError('BST_UPSTREAM_FAILED', `The repository ${url} can’t be prefetched: ${why}.`, { nextStep: 'Try another mirror.', ...cause === undefined ? {} : { cause } })
}

const urlOf = (base: string, path: string): string => new URL(path.split('/').map(encodeURIComponent).join('/'), base).href
