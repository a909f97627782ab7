import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { InstallRequestSchema, MachineDetailSchema, MachineSummarySchema, OrderSchema, TimelineEntrySchema, type InstallRequest } from '../../protocol/machines.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { armInstall, cancelOrder, retryOrder } from '../boot/order-actions.ts'
import { machineOf, machineView, orderView } from './machine-view.ts'

const read = { permission: 'machines:read' } as const
const write = { permission: 'machines:write' } as const
const params = Type.Object({ machine: Type.String({ minLength: 1, maxLength: 64, description: 'Name, MAC, SMBIOS UUID or internal id' }) })
const after = Type.Object({ after: Type.Integer({ minimum: 0, default: 0, description: 'Only entries behind this id' }) })
type Params = { machine: string }

/** Machines and orders, for operators. */
export function machineRoutes(app: FastifyInstance, room: BootRoom): void {
  app.get('/api/machines', { config: read, schema: { summary: 'All machines', response: { 200: Type.Object({ machines: Type.Array(MachineSummarySchema) }) } } },
    () => ({ machines: room.machines.list().map(machine => machineView(room, machine)) }))

  app.get<{ Params: Params }>('/api/machines/:machine', { config: read, schema: { summary: 'One machine: facts, orders, timeline', params, response: { 200: MachineDetailSchema } } }, request => {
    const machine = machineOf(room, request.params.machine)
    return { machine: machineView(room, machine), facts: machine.facts, orders: room.orders.list(machine.id).map(orderView), timeline: room.timeline.list(machine.id, 0, 200) }
  })

  app.get<{ Params: Params, Querystring: { after: number } }>('/api/machines/:machine/timeline', { config: read, schema: { summary: 'What was seen of a machine', params, querystring: after, response: { 200: Type.Object({ timeline: Type.Array(TimelineEntrySchema) }) } } },
    request => ({ timeline: room.timeline.list(machineOf(room, request.params.machine).id, request.query.after, 1000) }))

  app.get<{ Params: Params }>('/api/machines/:machine/log', { config: read, schema: { summary: 'The log tail of its last failed installation', params, response: { 200: Type.Object({ log: Type.String() }) } } }, request => {
    const { id } = machineOf(room, request.params.machine)
    const row = room.database.prepare<[string], { text: string }>('SELECT text FROM boot_logs WHERE machine = ? ORDER BY id DESC LIMIT 1').get(id)
    return { log: row?.text ?? '' }
  })

  app.delete<{ Params: Params }>('/api/machines/:machine', { config: write, schema: { summary: 'Forget a machine', params, response: { 204: Type.Null() } } }, (request, reply) => {
    const machine = machineOf(room, request.params.machine)
    room.machines.remove(machine.id)
    room.timeline.put({ machine: null, mac: machine.macs[0] ?? null, phase: 'operator', evidence: 'operator', text: `${machine.name ?? machine.macs[0] ?? machine.id} was forgotten.` })
    room.events.publish({ kind: 'order-changed', machine: machine.id, order: '' })
    return reply.code(204).send()
  })

  app.post<{ Body: InstallRequest }>('/api/install', { config: write, schema: { summary: 'Order an installation', body: InstallRequestSchema, response: { 201: OrderSchema } } },
    (request, reply) => reply.code(201).send(orderView(armInstall(room, machineOf(room, request.body.machine), request.body))))

  app.post<{ Params: Params }>('/api/machines/:machine/cancel', { config: write, schema: { summary: 'Cancel the armed or failed order', params, response: { 200: OrderSchema } } },
    request => orderView(cancelOrder(room, machineOf(room, request.params.machine))))

  app.post<{ Params: Params }>('/api/machines/:machine/retry', { config: write, schema: { summary: 'Arm the next attempt of a failed order', params, response: { 200: OrderSchema } } },
    request => orderView(retryOrder(room, machineOf(room, request.params.machine))))
}
