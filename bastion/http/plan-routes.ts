import type { FastifyInstance } from 'fastify'
import { Value } from 'typebox/value'
import type { TSchema } from 'typebox'
import { AdoptAnswerSchema, AdoptRequestSchema, PlanAnswerSchema, PlanRequestSchema, type AdoptRequest, type PlanRequest } from '../../protocol/plan-request.ts'
import { StorageRecordSchema } from '../../protocol/storage-record.ts'
import { adoptMachine } from '../boot/adopt-machine.ts'
import { answerPlanRequest } from '../boot/answer-plan-request.ts'
import { labelOf, type BootRoom } from '../boot/boot-room.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { machineOf, machineParams, type MachineParams } from './machine-view.ts'

const read = { permission: 'machines:read' } as const
/** Two reports: the machine's now, and the one in a record. */
const mostPlanBytes = 5 * 2 ** 20

/** Plans and storage records, for operators. Nothing here arms anything. */
export function planRoutes(app: FastifyInstance, room: BootRoom): void {
  app.post<{ Body: PlanRequest }>('/api/plan', {
    config: read, bodyLimit: mostPlanBytes, validatorCompiler: uncoerced,
    schema: { summary: 'What an order would do to every device, or why it would be refused', body: PlanRequestSchema, response: { 200: PlanAnswerSchema } },
  }, (request, reply) => reply.type('application/json; charset=utf-8').send(JSON.stringify(answerPlanRequest(room, request.body, reference => machineOf(room, reference)))))

  app.get<{ Params: MachineParams }>('/api/machines/:machine/record', { config: read, schema: { summary: 'What is recorded as ours of a machine’s storage', params: machineParams, response: { 200: StorageRecordSchema } } }, request => {
    const machine = machineOf(room, request.params.machine)
    const record = room.records.find(machine.id)
    if (record !== null) return record
    throw new BastionError('BST_NOT_FOUND', `Nothing is recorded of the storage of ${labelOf(machine)}: we neither installed nor adopted it.`, { nextStep: `labctl provision adopt ${labelOf(machine)}` })
  })

  app.post<{ Params: MachineParams, Body: AdoptRequest }>('/api/machines/:machine/adopt', {
    config: { permission: 'machines:write' }, validatorCompiler: uncoerced,
    schema: { summary: 'Record what is ours on a machine that somebody else installed; without `shown` only tell', params: machineParams, body: AdoptRequestSchema, response: { 200: AdoptAnswerSchema } },
  }, request => adoptMachine(room, machineOf(room, request.params.machine), request.body, request.operator?.name ?? 'an operator'))
}

/** Fastify's own validator makes "" of null where text may be null: facts must stay as they are. */
function uncoerced({ schema }: { schema: unknown }) {
  return (value: unknown) => {
    if (Value.Check(schema as TSchema, value)) return { value }
    const [first] = Value.Errors(schema as TSchema, value)
    return { error: new Error(`body${first?.instancePath ?? ''} ${first?.message ?? 'is not of the form wanted'}`) }
  }
}
