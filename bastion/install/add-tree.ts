// Fetches what a machine starts of an installation tree (kernel, initrd, stage2) from a mirror or an image, and checks it against the tree's .treeinfo. Resumable; what is there of before stays until all is whole.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tree, TreeRequest } from '../../protocol/tree-sources.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { BuildProgress } from '../platform/build-progress.ts'
import type { Clock } from '../platform/clock.ts'
import { writeAtomically } from '../platform/write-atomically.ts'
import { decideKickstartVersion } from './decide-kickstart-version.ts'
import { parseTreeinfo, type TreeFile, type TreeInfo } from './parse-treeinfo.ts'
import { openTreeSource, type TreeSource } from './tree-source.ts'

/** What {@link addTree} takes. `directory`: of this source; the files go into a folder of it named after the .treeinfo's sum. */
export interface TreeAddition { name: string, request: TreeRequest, directory: string, clock: Clock, stallMs: number, signal: AbortSignal, onProgress: (progress: BuildProgress) => void }

const mostTreeinfoBytes = 256 * 1024
const mostFileBytes = 4 * 2 ** 30

/** The tree, its files in place. Refuses (`BST_REFUSED`) a .treeinfo that isn't the one meant, or that nothing can be installed from; (`BST_UPSTREAM_FAILED`) a file that is not what the .treeinfo says. */
export async function addTree(addition: TreeAddition): Promise<Tree> {
  const source = await openTreeSource(addition, part => { addition.onProgress({ step: 'summing up the image', percent: part * 2 }) })
  try {
    return await addFrom(source, addition)
  } finally {
    await source.close()
  }
}

async function addFrom(source: TreeSource, { request, name, onProgress, directory, clock }: TreeAddition): Promise<Tree> {
  onProgress({ step: 'reading the .treeinfo', percent: 2 })
  const text = Buffer.concat(await Array.fromAsync((await source.fetch('.treeinfo', mostTreeinfoBytes)).chunks))
  const treeinfoSha256 = createHash('sha256').update(text).digest('hex')
  if (source.image === null && request.sha256 !== null && request.sha256.toLowerCase() !== treeinfoSha256) throw refused('treeinfo-sha256', `The .treeinfo has the SHA-256 ${treeinfoSha256}, not ${request.sha256}: it is another one than was meant, or was changed on the way.`, 'Compare it with a copy that you trust; a mirror replaces it with each new compose.')
  const { tree, kickstart } = judged(text.toString('utf8'))
  const repositories = tree.repositories.map(({ id, path, repomdSha256 }) => ({ id, repomdSha256, url: new URL(path === '.' ? './' : `${path}/`, request.url).href }))
  const outside = source.image === null ? undefined : repositories.find(({ url }) => !url.startsWith(request.url))
  const unsummed = repositories.find(({ repomdSha256 }) => repomdSha256 === null)
  if (request.url.startsWith('http:') && unsummed !== undefined) throw refused('treeinfo-repomd', `The .treeinfo has no SHA-256 of the package list (repodata/repomd.xml) of ${unsummed.id}, and over plain HTTP anybody on the way could give other packages to every machine.`, 'Give an https URL of this tree.')
  if (outside !== undefined) throw refused('treeinfo-path', `The .treeinfo names a repository of ${outside.id} outside the image.`, 'Give the image of an installation DVD, which holds all its repositories.')
  const folder = join(directory, treeinfoSha256.slice(0, 16))
  mkdirSync(folder, { recursive: true })
  writeAtomically(join(folder, 'treeinfo'), text, 0o644)
  const files = [tree.kernel, tree.initrd, tree.stage2]
  const sizes: number[] = []
  for (const [index, file] of files.entries()) {
    const span = (part: number) => { onProgress({ step: `fetching ${file.path}`, percent: [2, 8, 20][index]! + part * [6, 12, 80][index]! }) }
    sizes.push(await bring(source, file, folder, span))
  }
  const withSize = (file: TreeFile, index: number) => ({ ...file, sizeBytes: sizes[index]! })
  return {
    version: 1, name, url: request.url, family: tree.family, release: tree.release, kickstart, architecture: tree.architecture, treeinfoSha256, treeinfoBytes: text.length,
    kernel: withSize(tree.kernel, 0), initrd: withSize(tree.initrd, 1), stage2: withSize(tree.stage2, 2), ...source.image === null ? {} : { image: source.image }, repositories, addedAt: clock(),
  }
}

/** Where a file of a tree is kept. */
export function treeFilePath(directory: string, tree: Pick<Tree, 'treeinfoSha256'>, file: { sha256: string }): string {
  return join(directory, tree.treeinfoSha256.slice(0, 16), file.sha256)
}

/** Where its .treeinfo is kept. */
export function treeinfoPath(directory: string, tree: Pick<Tree, 'treeinfoSha256'>): string {
  return join(directory, tree.treeinfoSha256.slice(0, 16), 'treeinfo')
}

function judged(text: string): { tree: TreeInfo, kickstart: string } {
  const parsed = parseTreeinfo(text)
  if (parsed.kind === 'refused') throw new BastionError('BST_REFUSED', parsed.refusals.map(({ because }) => because).join(' '), { nextStep: parsed.refusals[0]!.nextStep, refusals: parsed.refusals })
  const { family, release, architecture } = parsed.tree
  if (architecture !== 'x86_64') throw refused('treeinfo-architecture', `The tree is for ${JSON.stringify(architecture.slice(0, 40))}, and only x86_64 machines are installed from here.`, 'Give the URL of the x86_64 tree.')
  const version = decideKickstartVersion(family, release)
  if ('because' in version) throw refused(version.code, version.because, version.nextStep)
  return { tree: parsed.tree, kickstart: version.version }
}

/** Its size in bytes. What came of it before is gone on with: the sum decides at the end, whatever upstream sent. */
async function bring(source: TreeSource, file: TreeFile, folder: string, onPart: (part: number) => void): Promise<number> {
  const path = join(folder, file.sha256)
  if (existsSync(path) && await sumOf(path) === file.sha256) return statSync(path).size
  const part = `${path}.part`
  const there = statSync(part, { throwIfNoEntry: false })?.size ?? 0
  const upstream = await source.fetch(file.path, mostFileBytes, there === 0 ? undefined : there).catch((error: Error) => {
    // A server that has no more bytes answers 416: what is there is judged by its sum.
    if (there > 0 && /answers 416/.test(error.message)) return null
    throw error
  })
  if (upstream !== null) {
    const handle = await open(part, upstream.status === 206 ? 'r+' : 'w', 0o644)
    try {
      let at = upstream.status === 206 ? there : 0
      const whole = upstream.sizeBytes === null ? null : at + upstream.sizeBytes
      for await (const chunk of upstream.chunks) {
        for (let written = 0; written < chunk.length;) written += (await handle.write(chunk, written, chunk.length - written, at + written)).bytesWritten
        at += chunk.length
        if (whole !== null) onPart(at / whole)
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
  const sum = await sumOf(part)
  if (sum !== file.sha256) {
    rmSync(part)
    throw new BastionError('BST_UPSTREAM_FAILED', `${file.path} has the SHA-256 ${sum}, and the .treeinfo says ${file.sha256}. It was thrown away.`, { nextStep: 'The mirror is being updated or is broken: try again in an hour, or another one.' })
  }
  renameSync(part, path)
  return statSync(path).size
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function refused(code: string, because: string, nextStep: string): BastionError {
  return new BastionError('BST_REFUSED', because, { nextStep, refusals: [{ code, because, nextStep }] })
}
