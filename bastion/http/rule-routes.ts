import type { FastifyInstance } from 'fastify'
import { RuleExplanationSchema, RulesSchema } from '../../protocol/rules.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { explainRules, listRules } from '../boot/rules/apply-rules.ts'
import { machineOf, machineParams as params, type MachineParams } from './machine-view.ts'

const read = { permission: 'machines:read' } as const

/** Rules that arm by themselves, for operators; they stand in bastion.yaml, and nowhere else. */
export function ruleRoutes(app: FastifyInstance, room: BootRoom): void {
  app.get('/api/rules', { config: read, schema: { summary: 'Rules that arm an install by themselves, and what they have armed', response: { 200: RulesSchema } } }, () => listRules(room))

  app.get<{ Params: MachineParams }>('/api/machines/:machine/rules', { config: read, schema: { summary: 'Which rules a machine fits, and why it is armed or not', params, response: { 200: RuleExplanationSchema } } },
    request => explainRules(room, machineOf(room, request.params.machine), false))
}
