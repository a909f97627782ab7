import type { FastifyInstance } from 'fastify'
import { ImportAnswerSchema, ImportRequestSchema, LabelAnswerSchema, LabelRequestSchema, type ImportRequest } from '../../protocol/import.ts'
import type { LabelChanges } from '../../protocol/labels.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { importMachines } from '../boot/import/import-machines.ts'
import { labelMachine } from '../boot/import/label-machine.ts'
import { exactly } from './exactly.ts'
import { machineParams as params, type MachineParams } from './machine-view.ts'

/** Names, roles, labels and settings of many machines at once, for operators. */
export function importRoutes(app: FastifyInstance, room: BootRoom): void {
  app.post<{ Body: ImportRequest }>('/api/import', {
    config: { permission: 'machines:import' }, bodyLimit: 8 * 2 ** 20, validatorCompiler: outlineOnly,
    schema: { summary: 'Give machines names, roles, labels and settings, by MAC, UUID or serial; for those never seen it waits. All of it is taken, or nothing', body: ImportRequestSchema, response: { 200: ImportAnswerSchema } },
  }, request => importMachines(room, request.body, request.operator?.name ?? 'an operator'))

  app.patch<{ Params: MachineParams, Body: { labels: LabelChanges } }>('/api/machines/:machine/labels', {
    config: { permission: 'machines:label' }, validatorCompiler: exactly, schema: { summary: 'Set labels of a machine, or take them away; by its serial too, and of one that is expected', params, body: LabelRequestSchema, response: { 200: LabelAnswerSchema } },
  }, request => labelMachine(room, request.params.machine, request.body.labels, request.operator?.name ?? 'an operator'))
}

/** The rows are judged one by one, so that every mistake is named, and with its place. */
function outlineOnly() {
  return (value: unknown) => {
    const { rows, dryRun, ...more } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
    const formed = Array.isArray(rows) && (dryRun === undefined || typeof dryRun === 'boolean') && Object.keys(more).length === 0
    return formed ? { value } : { error: new Error('Wanted are rows, a list, and perhaps dryRun, true or false') }
  }
}
