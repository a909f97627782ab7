// Brings every package of a tree's repositories into the pass-through cache, for a site that will have no way out when machines install.
import { pipeline } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import type { Tree } from '../../../protocol/tree-sources.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import type { CachedFile } from '../cached-file.ts'
import type { UpstreamCache } from '../upstream-cache.ts'
import { parsePrimary, parseRepomd, type Package } from './parse-repodata.ts'

/** How far it is. */
export interface PrefetchProgress { step: string, percent: number, packages: number, sizeBytes: number }

const atOnce = 4
const mostMetadataBytes = 4 * 2 ** 20
/** The largest repositories of Fedora have some tens of thousands. */
const mostPackages = 500_000

/** Packages and bytes that are there now. Refuses (`BST_REFUSED`) what the cache can't hold beside nothing else, and (`BST_UPSTREAM_FAILED`) what the mirror does not give whole. */
export async function prefetchTree(tree: Tree, cache: UpstreamCache, signal: AbortSignal, onProgress: (progress: PrefetchProgress) => void, most = mostPackages): Promise<{ packages: number, sizeBytes: number }> {
  const wanted = new Map<string, number>()
  let named = 0
  for (const { id, url } of tree.repositories) {
    onProgress({ step: `reading the repository ${id}`, percent: 0, packages: 0, sizeBytes: 0 })
    for await (const found of packagesOf(url, cache, signal)) {
      named += 1
      if (named > most) throw tooLarge(`The repositories of ${tree.name} name more than ${most} packages.`, 'Add it from another mirror, or from the image of a DVD: --iso FILE.')
      wanted.set(urlOf(url, found.path), found.sizeBytes)
    }
  }
  const total = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0)
  if (total > cache.folder.mostBytes * 0.95) throw tooLarge(`The repositories of ${tree.name} have ${wanted.size} packages of ${Math.ceil(total / 2 ** 20)} MiB, and the cache may hold ${Math.floor(cache.folder.mostBytes / 2 ** 20)} MiB.`, 'Raise os.cacheMib in bastion.yaml, or add the tree from the image of a DVD: --iso FILE.')
  const queue = [...wanted.keys()]
  let [packages, sizeBytes] = [0, 0]
  const worker = async (): Promise<void> => {
    for (let url = queue.shift(); url !== undefined; url = queue.shift()) {
      await whole(cache.find(url, { fresh: false }), signal)
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

async function* packagesOf(url: string, cache: UpstreamCache, signal: AbortSignal): AsyncGenerator<Package> {
  const repomd = await whole(cache.find(urlOf(url, 'repodata/repomd.xml'), { fresh: true }), signal)
  if (repomd.sizeBytes > mostMetadataBytes) throw broken(url, 'its repomd.xml is too large')
  const metadata = parseRepomd(Buffer.concat(await (await repomd.read(0, repomd.sizeBytes - 1)).toArray() as Buffer[]).toString('utf8'))
  if (metadata === null) throw broken(url, 'its repomd.xml can’t be read')
  for (const { type, path } of metadata) {
    const file = await whole(cache.find(urlOf(url, path), { fresh: false }), signal)
    if (type !== 'primary') continue
    try {
      for await (const one of parsePrimary(unpacked(file, path))) {
        signal.throwIfAborted()
        yield one
      }
    } catch (cause) {
      signal.throwIfAborted()
      throw broken(url, (cause as Error).message, cause)
    }
  }
}

/** The file is opened only once it is known that it can be read, and closed however the reading ends. */
async function* unpacked(file: CachedFile, path: string): AsyncGenerator<string> {
  const form = /\.(gz|zst|xml)$/.exec(path)?.[1]
  if (form === undefined) throw new RangeError(`its list of packages (${path}) is packed in a way that is not read here; gz and zst are`)
  const bytes = await file.read(0, file.sizeBytes - 1)
  // Ends both when one ends; the error comes to whoever reads the last.
  const plain = form === 'xml' ? bytes : pipeline(bytes, form === 'gz' ? createGunzip() : createZstdDecompress(), () => {})
  yield* plain.setEncoding('utf8')
}

/** The file once it is whole. What is on its way when the prefetch is stopped stays the cache's: a machine may be reading it. */
async function whole(find: Promise<CachedFile>, signal: AbortSignal): Promise<CachedFile> {
  const file = await unlessStopped(find, signal)
  await unlessStopped(file.settled, signal)
  if (file.failure !== null) throw file.failure
  return file
}

/** Not `Promise.race`, which would keep a note of each package at the signal until all are there. */
function unlessStopped<T>(awaited: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => { reject(signal.reason as Error) }
    signal.addEventListener('abort', stop)
    awaited.then(resolve, reject).finally(() => { signal.removeEventListener('abort', stop) })
    if (signal.aborted) stop()
  })
}

function tooLarge(because: string, nextStep: string): BastionError {
  return new BastionError('BST_REFUSED', because, { nextStep, refusals: [{ code: 'prefetch-too-large', because, nextStep }] })
}

function broken(url: string, why: string, cause?: unknown): BastionError {
  return new BastionError('BST_UPSTREAM_FAILED', `The repository ${url} can’t be prefetched: ${why}.`, { nextStep: 'Try another mirror.', ...cause === undefined ? {} : { cause } })
}

const urlOf = (base: string, path: string): string => new URL(path.split('/').map(encodeURIComponent).join('/'), base).href
