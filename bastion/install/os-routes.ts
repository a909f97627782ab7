import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { OsSourceSchema } from '../../protocol/os-sources.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { Clock } from '../platform/clock.ts'
import type { ImageStore } from './image-store.ts'

/** What the routes of operating systems work with. */
export interface OsRoom { images: ImageStore, directory: string, clock: Clock }

const read = { permission: 'os:read' } as const
const write = { permission: 'os:write' } as const
const name = Type.String({ pattern: '^[a-z][a-z0-9.-]{0,62}$', description: 'Such as debian-13' })
const params = Type.Object({ name })

/** Operating systems, for operators. Adding one queues a build; the separate builder makes it. */
export function osRoutes(app: FastifyInstance, room: OsRoom): void {
  app.get('/api/os', { config: read, schema: { summary: 'All operating systems', response: { 200: Type.Object({ sources: Type.Array(OsSourceSchema) }) } } }, () => ({ sources: room.images.list() }))
  app.get<{ Params: { name: string } }>('/api/os/:name', { config: read, schema: { summary: 'One operating system, or its build', params, response: { 200: OsSourceSchema } } }, request => found(room, request.params.name))
  app.post<{ Body: { name: string } }>('/api/os', { config: write, schema: { summary: 'Queue a build', body: Type.Object({ name }, { additionalProperties: false }), response: { 202: OsSourceSchema } } }, (request, reply) => {
    const queued = room.images.request(request.body.name, room.clock())
    if ('nextStep' in queued) throw refused(queued)
    return reply.code(202).send(queued)
  })
  app.delete<{ Params: { name: string } }>('/api/os/:name', { config: write, schema: { summary: 'Remove an operating system and its image', params, response: { 204: Type.Null() } } }, (request, reply) => {
    found(room, request.params.name)
    const refusal = room.images.remove(request.params.name)
    if (refusal !== null) throw refused(refusal)
    return reply.code(204).send()
  })
}

function refused(refusal: Refusal): BastionError {
  return new BastionError('BST_REFUSED', refusal.because, { nextStep: refusal.nextStep, refusals: [refusal] })
}

function found(room: OsRoom, wanted: string) {
  const source = room.images.find(wanted)
  if (source !== null) return source
  throw new BastionError('BST_NOT_FOUND', `There is no operating system ${JSON.stringify(wanted)} here.`, { nextStep: `labctl os add ${wanted}` })
}
