import type { FastifyInstance } from 'fastify'
import { Type, type Static } from 'typebox'
import { OsSourceSchema, type OsSource } from '../../protocol/os-sources.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { Clock } from '../platform/clock.ts'
import { imageSuites } from './build-image.ts'
import type { ImageStore } from './image-store.ts'
import type { NewerReleases } from './newer/newer-releases.ts'
import type { Prefetches } from './prefetch/prefetches.ts'
import type { TreeStore } from './tree-store.ts'
import type { UpstreamCache } from './upstream-cache.ts'

/** What the routes of operating systems work with. */
export interface OsRoom { images: ImageStore, trees: TreeStore, cache: UpstreamCache, prefetches: Prefetches, newer: NewerReleases, directory: string, clock: Clock }

const read = { permission: 'os:read' } as const
const write = { permission: 'os:write' } as const
const name = Type.String({ pattern: '^[a-z][a-z0-9.-]{0,62}$', description: 'Such as debian-13' })
const params = Type.Object({ name })

const AdditionSchema = Type.Object({
  name,
  url: Type.Optional(Type.String({ maxLength: 2000, description: 'Root of an installation tree (Fedora, RHEL family): the folder that holds its .treeinfo' })),
  iso: Type.Optional(Type.String({ maxLength: 1000, description: 'Path, on the bastion’s host, of the image of an installation DVD, instead of a URL' })),
  sha256: Type.Optional(Type.String({ maxLength: 64, description: 'SHA-256 of that .treeinfo, needed over plain HTTP; or of the whole image' })),
}, { additionalProperties: false })
type Addition = Static<typeof AdditionSchema>

/** Operating systems, for operators. Adding one queues a build, which the separate builder makes, or begins to fetch an installation tree. */
export function osRoutes(app: FastifyInstance, room: OsRoom): void {
  app.get('/api/os', { config: read, schema: { summary: 'All operating systems', response: { 200: Type.Object({ sources: Type.Array(OsSourceSchema) }) } } }, () => {
    room.newer.look()
    return { sources: [...room.images.list(), ...room.trees.list().map(tree => withMore(room, tree))].toSorted((a, b) => a.name < b.name ? -1 : 1) }
  })
  app.get<{ Params: { name: string } }>('/api/os/:name', { config: read, schema: { summary: 'One operating system, or its build', params, response: { 200: OsSourceSchema } } }, request => found(room, request.params.name))
  app.post<{ Body: Addition }>('/api/os', { config: write, schema: { summary: 'Queue the build of a root image, or fetch an installation tree', body: AdditionSchema, response: { 202: OsSourceSchema } } }, (request, reply) => {
    const added = add(room, request.body)
    if ('nextStep' in added) throw refused(added)
    return reply.code(202).send(added)
  })
  app.post<{ Params: { name: string } }>('/api/os/:name/prefetch', { config: write, schema: { summary: 'Fetch all packages of an installation tree beforehand', params, response: { 202: OsSourceSchema } } }, (request, reply) => {
    found(room, request.params.name)
    const begun = room.prefetches.request(request.params.name)
    if ('nextStep' in begun) throw refused(begun)
    return reply.code(202).send(found(room, request.params.name))
  })
  app.delete<{ Params: { name: string } }>('/api/os/:name', { config: write, schema: { summary: 'Remove an operating system and its image', params, response: { 204: Type.Null() } } }, async (request, reply) => {
    const { kind, url } = found(room, request.params.name)
    await room.prefetches.remove(request.params.name)
    const refusal = kind === 'tree' ? await room.trees.remove(request.params.name) : room.images.remove(request.params.name)
    if (refusal != null) throw refused(refusal)
    if (url !== null && !url.startsWith('file:')) room.cache.remove(url)
    return reply.code(204).send()
  })
}

function withMore({ prefetches, newer }: OsRoom, source: OsSource): OsSource {
  return { ...source, prefetch: prefetches.find(source.name), newer: newer.find(source.name) }
}

function add({ images, trees, clock }: OsRoom, { name, url, iso, sha256 }: Addition): OsSource | Refusal {
  const isImage = imageSuites[name] !== undefined
  if (isImage && (url !== undefined || iso !== undefined)) return { code: 'os-taken', because: `${name} is the name of a root image that is built here, not of an installation tree.`, nextStep: 'Give the tree another name.' }
  if (url !== undefined && iso !== undefined) return { code: 'tree-url', because: 'A URL and an image were both given.', nextStep: 'Give one of them.' }
  if (iso !== undefined) return trees.request(name, { iso, sha256: sha256 ?? null })
  if (url !== undefined) return trees.request(name, { url, sha256: sha256 ?? null })
  return trees.renew(name, sha256 ?? null) ?? images.request(name, clock())
}

function refused(refusal: Refusal): BastionError {
  return new BastionError('BST_REFUSED', refusal.because, { nextStep: refusal.nextStep, refusals: [refusal] })
}

/** A root image or an installation tree by its name. */
export function findOs({ images, trees }: Pick<OsRoom, 'images' | 'trees'>, name: string): OsSource | null {
  return trees.find(name) ?? images.find(name)
}

function found(room: OsRoom, wanted: string) {
  const source = findOs(room, wanted)
  if (source !== null) return source.kind === 'tree' ? withMore(room, source) : source
  throw new BastionError('BST_NOT_FOUND', `There is no operating system ${JSON.stringify(wanted)} here.`, { nextStep: `labctl os add ${wanted}` })
}
