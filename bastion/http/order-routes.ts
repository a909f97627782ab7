import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { InstallRequestSchema, OrderSchema, type InstallRequest } from '../../protocol/machines.ts'
import { EraseRequestSchema, ReprovisionRequestSchema, RescueRequestSchema, RetryRequestSchema, type EraseRequest, type ReprovisionRequest, type RetryRequest } from '../../protocol/plan-request.ts'
import { armInstall, armReprovision } from '../boot/arm-order.ts'
import { armErase, armRescue } from '../boot/arm-task.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { cancelOrder, retryOrder } from '../boot/order-actions.ts'
import { machineOf, machineParams, orderView, type MachineParams } from './machine-view.ts'

const write = { permission: 'machines:write' } as const
const armed = { 201: OrderSchema }
/** An operator's name, for the timeline. */
const by = (request: FastifyRequest): string => request.operator?.name ?? 'an operator'

/** Orders, for operators: arm, cancel, retry. */
export function orderRoutes(app: FastifyInstance, room: BootRoom): void {
  app.post<{ Body: InstallRequest }>('/api/install', { config: write, schema: { summary: 'Order an installation', body: InstallRequestSchema, response: armed } },
    (request, reply) => reply.code(201).send(orderView(armInstall(room, machineOf(room, request.body.machine), request.body, by(request)))))

  app.post<{ Body: ReprovisionRequest }>('/api/reprovision', { config: write, schema: { summary: 'Order a reprovision, whose plan was shown', body: ReprovisionRequestSchema, response: armed } },
    (request, reply) => reply.code(201).send(orderView(armReprovision(room, machineOf(room, request.body.machine), request.body, by(request)))))

  app.post<{ Params: MachineParams }>('/api/machines/:machine/rescue', { config: write, schema: { summary: 'Order SSH in the RAM disk', params: machineParams, body: orNothing(RescueRequestSchema), response: armed } },
    (request, reply) => reply.code(201).send(orderView(armRescue(room, machineOf(room, request.params.machine), by(request)))))

  app.post<{ Params: MachineParams, Body: EraseRequest }>('/api/machines/:machine/erase', { config: write, schema: { summary: 'Order that disks be erased, their serials typed again', params: machineParams, body: EraseRequestSchema, response: armed } },
    (request, reply) => reply.code(201).send(orderView(armErase(room, machineOf(room, request.params.machine), request.body, by(request)))))

  app.post<{ Params: MachineParams }>('/api/machines/:machine/cancel', { config: write, schema: { summary: 'Cancel the armed or failed order, or end a rescue', params: machineParams, response: { 200: OrderSchema } } },
    request => orderView(cancelOrder(room, machineOf(room, request.params.machine), by(request))))

  app.post<{ Params: MachineParams, Body: RetryRequest | null }>('/api/machines/:machine/retry', { config: write, schema: { summary: 'Arm the next attempt of a failed order', params: machineParams, body: orNothing(RetryRequestSchema), response: { 200: OrderSchema } } },
    request => orderView(retryOrder(room, machineOf(room, request.params.machine), request.body ?? {}, by(request))))
}

/** A body that may be missing. */
function orNothing<T extends typeof RetryRequestSchema | typeof RescueRequestSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}
