// Where the files of an installation tree come from while it is added: a mirror, or an image on this host.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { TreeImage, TreeRequest } from '../../protocol/tree-sources.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { fetchUpstream, type Upstream } from './fetch-upstream.ts'
import { IsoImage } from './iso/iso-image.ts'
import { isoPathOf } from './iso/judge-iso-request.ts'

/** `fetch`: a file by its path below the root, as {@link fetchUpstream} gives it. `image`: null for a mirror. */
export interface TreeSource { image: TreeImage | null, fetch: (path: string, mostBytes: number, from?: number) => Promise<Upstream>, close: () => Promise<void> }

/** Opens it. `onSum`: how much of an image has been summed up, from 0 to 1. Refuses (`BST_REFUSED`) an image that is not the one meant. */
export async function openTreeSource({ request, stallMs, signal }: { request: TreeRequest, stallMs: number, signal: AbortSignal }, onSum: (part: number) => void): Promise<TreeSource> {
  const path = isoPathOf(request.url)
  if (path === null) return {
    image: null, close: async () => {},
    fetch: async (file, mostBytes, from) => (await fetchUpstream({ url: new URL(file, request.url).href, mostBytes, stallMs, signal, ...from === undefined ? {} : { from: { byte: from, etag: null } } }))!,
  }
  const iso = await IsoImage.open(path)
  try {
    if (request.sha256 !== null) await judgeSum(iso, request.sha256, signal, onSum)
  } catch (cause) {
    await iso.close()
    throw cause
  }
  return {
    image: { path, sizeBytes: iso.sizeBytes, modifiedMs: iso.modifiedMs }, close: () => iso.close(),
    fetch: async (file, mostBytes, from = 0) => {
      const found = await iso.find(file)
      const nextStep = 'Give the image of an installation DVD: a live or network image does not hold what is installed.'
      if (found === null) throw new BastionError('BST_UPSTREAM_FAILED', `${path} holds no ${file}.`, { nextStep })
      if (found.sizeBytes > mostBytes) throw new BastionError('BST_UPSTREAM_FAILED', `${file} of ${path} has ${found.sizeBytes} bytes, more than such a file may have.`, { nextStep })
      return { url: `${request.url}${file}`, status: from > 0 ? 206 : 200, sizeBytes: Math.max(0, found.sizeBytes - from), etag: null, lastModified: null, chunks: from >= found.sizeBytes ? none() : found.read(from, found.sizeBytes - 1) as AsyncIterable<Uint8Array> }
    },
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

async function judgeSum(iso: IsoImage, wanted: string, signal: AbortSignal, onSum: (part: number) => void): Promise<void> {
  const hash = createHash('sha256')
  let read = 0
  for await (const chunk of createReadStream(iso.path, { highWaterMark: 1 << 20, signal })) {
    hash.update(chunk as Buffer)
    read += (chunk as Buffer).length
    onSum(read / iso.sizeBytes)
  }
  const sum = hash.digest('hex')
  if (sum === wanted.toLowerCase()) return
  const [because, nextStep] = [`${iso.path} has the SHA-256 ${sum}, not ${wanted}: it is another image than was meant, or was not copied whole.`, 'Fetch it again, and compare it with the CHECKSUM file of the distribution.']
  throw new BastionError('BST_REFUSED', because, { nextStep, refusals: [{ code: 'iso-sha256', because, nextStep }] })
}
