import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { QuestionsSchema, ResolveRequestSchema, type ResolveRequest } from '../../protocol/resolve.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { questionsOf } from '../boot/resolve/questions.ts'
import { resolveMachine } from '../boot/resolve/resolve-machine.ts'
import { machineOf, machineParams as params, type MachineParams } from './machine-view.ts'

const sameAs = Type.Object({ sameAs: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'The machine that this one may be, on another board' })) })
const response = { 200: QuestionsSchema }

/** What is not clear about a machine's identity, for operators, and their word about it. */
export function resolveRoutes(app: FastifyInstance, room: BootRoom): void {
  const otherOf = (reference: string | undefined) => reference === undefined ? null : machineOf(room, reference)

  app.get<{ Params: MachineParams, Querystring: { sameAs?: string } }>('/api/machines/:machine/resolve', { config: { permission: 'machines:read' }, schema: { summary: 'What is not clear about a machine’s identity', params, querystring: sameAs, response } },
    request => questionsOf(room, machineOf(room, request.params.machine), otherOf(request.query.sameAs)))

  app.post<{ Params: MachineParams, Body: ResolveRequest }>('/api/machines/:machine/resolve', { config: { permission: 'machines:resolve' }, schema: { summary: 'Say what a machine is, after what differs was shown', params, body: ResolveRequestSchema, response } },
    request => resolveMachine(room, machineOf(room, request.params.machine), otherOf(request.body.sameAs), request.body, request.operator?.name ?? 'an operator'))
}
