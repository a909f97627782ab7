import type { FastifyInstance } from 'fastify'
import { EffectiveSettingsSchema, MachineSettingsSchema, type MachineSettings } from '../../protocol/machine-settings.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { putSettings, showSettings } from '../boot/machine-settings.ts'
import { exactly } from './exactly.ts'
import { machineOf, machineParams, type MachineParams } from './machine-view.ts'

const response = { 200: EffectiveSettingsSchema }

/** Settings of single machines, for operators. */
export function settingsRoutes(app: FastifyInstance, room: BootRoom): void {
  app.get<{ Params: MachineParams }>('/api/machines/:machine/settings', { config: { permission: 'machines:read' }, schema: { summary: 'What a machine’s next system is given: users, network, language ..., and where each comes from', params: machineParams, response } },
    request => showSettings(room, machineOf(room, request.params.machine)))

  app.put<{ Params: MachineParams, Body: MachineSettings }>('/api/machines/:machine/settings', {
    config: { permission: 'machines:write' }, validatorCompiler: exactly,
    schema: { summary: 'Replace a machine’s own settings', params: machineParams, body: MachineSettingsSchema, response },
  }, request => putSettings(room, machineOf(room, request.params.machine), request.body, request.operator?.name ?? 'an operator'))
}
