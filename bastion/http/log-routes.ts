import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { LogLineSchema, LogSenderSchema, type LogLine } from '../../protocol/machine-logs.ts'
import { parseMac } from '../../protocol/names.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import type { LogStore } from '../intake/log-store.ts'
import { parseAddress } from '../platform/parse-address.ts'
import { machineOf } from './machine-view.ts'

const read = { permission: 'machines:read' } as const
const mostSenders = 200
const params = Type.Object({ sender: Type.String({ minLength: 1, maxLength: 64, description: 'A machine’s name, MAC, SMBIOS UUID or internal id; a stranger’s MAC; an IPv4 address' }) })
const query = Type.Object({
  after: Type.Integer({ minimum: 0, default: 0, description: 'Only lines behind this id' }),
  limit: Type.Integer({ minimum: 1, maximum: 10_000, default: 1000, description: 'The newest so many' }),
})

/** What the log intake keeps, for operators. */
export function logRoutes(app: FastifyInstance, room: BootRoom, logs: LogStore): void {
  app.get('/api/logs', { config: read, schema: { summary: 'Who sent lines to the log intake', response: { 200: Type.Object({ senders: Type.Array(LogSenderSchema) }) } } },
    () => ({ senders: logs.senders(mostSenders).map(sender => ({ ...sender, name: nameOf(room, sender.machine) })) }))

  app.get<{ Params: { sender: string }, Querystring: { after: number, limit: number } }>('/api/logs/:sender', { config: read, schema: { summary: 'Lines of one of them', params, querystring: query, response: { 200: Type.Object({ lines: Type.Array(LogLineSchema) }) } } },
    request => ({ lines: linesOf(room, logs, request.params.sender, request.query) }))
}

function nameOf(room: BootRoom, id: string | null): string | null {
  const machine = id === null ? null : room.machines.findById(id)
  return machine === null ? null : machine.name ?? room.orders.findOpen(machine.id)?.name ?? machine.macs[0] ?? null
}

function linesOf(room: BootRoom, logs: LogStore, reference: string, { after, limit }: { after: number, limit: number }): LogLine[] {
  if (parseAddress(reference)?.family === 4) return logs.ofStranger({ address: reference }, after, limit)
  const mac = parseMac(reference)
  if (mac !== null && room.machines.listByReference(mac).length === 0) return logs.ofStranger({ mac }, after, limit)
  const { id, macs } = machineOf(room, reference)
  return logs.ofMachine(id, macs, after, limit)
}
