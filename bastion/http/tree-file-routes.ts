// Installation trees, on both planes: what starts a machine from our own, checked files; packages through the cache, or out of an image. No secret is in them, so nobody is asked for one.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Tree } from '../../protocol/tree-sources.ts'
import { treeFilePath, treeinfoPath } from '../install/add-tree.ts'
import { decideVouched } from '../install/decide-vouched.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { parseRange } from './files/parse-range.ts'
import type { HttpRoom } from './open-listeners.ts'
import { tellUpstreamFault } from './tell-upstream-fault.ts'

interface Served { sizeBytes: number, etag: string, read: (from: number, to: number) => Readable | Promise<Readable> }

/** Metadata changes under its name; a package's name has its version in it. */
const metadata = /(^|\/)repodata\/repomd\.xml(\.asc|\.key)?$/
/** A package list names a dozen files. */
const mostListBytes = 4 * 2 ** 20
const part = /^[A-Za-z0-9_+~^:-][A-Za-z0-9._+~^:-]*$/

/** Adds `/os/NAME/tree/...` and `/os/NAME/repository/ID/...`: to the boot plane for firmware and the installer's first steps, to the control plane for packages over TLS. */
export function treeFileRoutes(app: FastifyInstance, { os, boot }: Pick<HttpRoom, 'os' | 'boot'>): void {
  const tell = tellUpstreamFault(boot)
  const serve = async (request: FastifyRequest, reply: FastifyReply, name: string, base: (tree: Tree) => string | undefined, path: string, own: boolean): Promise<FastifyReply> => {
    const tree = os.trees.tree(name)
    const root = tree === null ? undefined : base(tree)
    if (tree === null || root === undefined || path.length > 1000 || !path.split('/').every((word, index) => part.test(word) || (own && index === 0 && path === '.treeinfo'))) return reply.code(404).type('text/plain').send('There is no such file here.\n')
    try {
      const url = new URL(path.split('/').map(encodeURIComponent).join('/'), root).href
      const served = (own ? checkedFile(join(os.directory, name), tree, path) : null) ?? (tree.image == null ? await fromMirror(tree, url, path) : await outOfImage(tree, url))
      if (served === null) return await reply.code(404).type('text/plain').send('There is no such file in the tree.\n')
      return await send(request, reply, served, cause => { tell(request.ip, name, path, cause) })
    } catch (error) {
      if (!(error instanceof BastionError)) throw error
      const missing = /answers 404/.test(error.message)
      boot.journal.warn({ os: name, path }, error.message)
      // Installers ask for files that a tree may have or not.
      if (!missing) tell(request.ip, name, path, error)
      return reply.code(missing ? 404 : 502).type('text/plain').send(`${error.message}\n`)
    }
  }
  const passedThrough = async (url: string): Promise<Served> => {
    const file = await os.cache.find(url, { fresh: metadata.test(url) })
    return { sizeBytes: file.sizeBytes, etag: file.etag, read: (from, to) => file.read(from, to) }
  }
  const fromMirror = async (tree: Tree, url: string, path: string): Promise<Served | null> => {
    const vouched = decideVouched(tree, url, path)
    if (vouched.kind === 'none') return null
    const served = await passedThrough(url)
    if (vouched.kind === 'free') return served
    const content = served.sizeBytes > mostListBytes ? null : Buffer.concat(await Array.fromAsync(await served.read(0, served.sizeBytes - 1)) as Buffer[])
    const sha256 = content === null ? 'none' : createHash('sha256').update(content).digest('hex')
    if (content === null || sha256 !== vouched.sha256) throw new BastionError('BST_UPSTREAM_FAILED', `${path} has the SHA-256 ${sha256}, and the .treeinfo says ${vouched.sha256}: the mirror was changed, or what it sends is.`, { nextStep: 'Compare the mirror with one that you trust; then labctl os add takes the tree with the new sum of its .treeinfo, or from an https URL.' })
    return { sizeBytes: content.length, etag: served.etag, read: (from, to) => Readable.from([content.subarray(from, to + 1)]) }
  }
  const outOfImage = async (tree: Tree, url: string): Promise<Served | null> => {
    const inside = url.slice(tree.url.length).split('/').map(decodeURIComponent).join('/')
    const file = await (await os.trees.images.find(tree.image!)).find(inside)
    return file === null ? null : { ...file, etag: `"${createHash('sha256').update(`${tree.treeinfoSha256}\0${inside}\0${file.sizeBytes}`).digest('hex').slice(0, 32)}"` }
  }
  const open = (summary: string) => ({ config: { permission: 'open' as const }, schema: { summary } })
  app.get<{ Params: { name: string, '*': string } }>('/os/:name/tree/*', open('A file of an installation tree'), (request, reply) => serve(request, reply, request.params.name, tree => tree.url, request.params['*'], true))
  app.get<{ Params: { name: string, id: string, '*': string } }>('/os/:name/repository/:id/*', open('A file of a further repository of an installation tree'), (request, reply) =>
    serve(request, reply, request.params.name, tree => tree.repositories.find(({ id }) => id === request.params.id)?.url, request.params['*'], false))
}

function checkedFile(directory: string, tree: Tree, path: string): Served | null {
  if (path === '.treeinfo') return { sizeBytes: tree.treeinfoBytes, etag: `"${tree.treeinfoSha256.slice(0, 32)}"`, read: (start, end) => createReadStream(treeinfoPath(directory, tree), { start, end }) }
  const file = [tree.kernel, tree.initrd, tree.stage2].find(found => found.path === path)
  return file === undefined ? null : { sizeBytes: file.sizeBytes, etag: `"${file.sha256.slice(0, 32)}"`, read: (start, end) => createReadStream(treeFilePath(directory, tree, file), { start, end, highWaterMark: 256 * 1024 }) }
}

async function send(request: FastifyRequest, reply: FastifyReply, { sizeBytes, etag, read }: Served, onFault: (cause: Error) => void): Promise<FastifyReply> {
  void reply.header('etag', etag).header('accept-ranges', 'bytes').type('application/octet-stream')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  const { range, 'if-range': ifRange } = request.headers
  const wanted = range === undefined || (ifRange !== undefined && ifRange !== etag) ? 'ignored' : parseRange(range, sizeBytes)
  if (wanted === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${sizeBytes}`).type('text/plain').send('There are not so many bytes.\n')
  const [from, to] = wanted === 'ignored' ? [0, sizeBytes - 1] : [wanted.first, wanted.last]
  if (wanted !== 'ignored') void reply.code(206).header('content-range', `bytes ${from}-${to}/${sizeBytes}`)
  void reply.header('content-length', to - from + 1)
  // An empty stream, for Fastify would give the length of an empty text.
  if (request.method === 'HEAD' || sizeBytes === 0) return reply.send(Readable.from([]))
  const bytes = await read(from, to)
  bytes.once('error', cause => { if (cause instanceof BastionError) onFault(cause) })
  return reply.send(bytes)
}
