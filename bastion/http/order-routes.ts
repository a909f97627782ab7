import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { InstallRequestSchema, OrderSchema, type InstallRequest } from '../../protocol/machines.ts'
import { ConfirmRequestSchema, EraseRequestSchema, ReprovisionRequestSchema, RescueRequestSchema, RetryRequestSchema, type ConfirmRequest, type EraseRequest, type ReprovisionRequest, type RetryRequest } from '../../protocol/plan-request.ts'
import { cancelAdvanceOrder, chosen, confirmOrder } from '../boot/advance/confirm-order.ts'
import { orderInAdvance, unseenMac } from '../boot/advance/order-in-advance.ts'
import { armInstall, armReprovision } from '../boot/arm-order.ts'
import { armErase, armRescue } from '../boot/arm-task.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { cancelOrder, retryOrder } from '../boot/order-actions.ts'
import { advanceOrderView } from './advance-view.ts'
import { expectedOf, machineOf, machineParams, orderView, type MachineParams } from './machine-view.ts'

const write = { permission: 'machines:write' } as const
const armed = { 201: OrderSchema }
/** An operator's name, for the timeline. */
const by = (request: FastifyRequest): string => request.operator?.name ?? 'an operator'

/** Orders, for operators: arm, cancel, retry. */
export function orderRoutes(app: FastifyInstance, room: BootRoom): void {
  app.post<{ Body: InstallRequest }>('/api/install', { config: write, schema: { summary: 'Order an installation', body: InstallRequestSchema, response: armed } },
    (request, reply) => {
      const mac = unseenMac(room, request.body.machine)
      return reply.code(201).send(mac === null ? orderView(armInstall(room, machineOf(room, request.body.machine), request.body, by(request))) : advanceOrderView(orderInAdvance(room, mac, request.body, by(request))))
    })

  app.post<{ Params: MachineParams, Body: ConfirmRequest | null }>('/api/machines/:machine/confirm', { config: write, schema: { summary: 'Say that the machine is the one that an order meant which was given before it was seen', params: machineParams, body: orNothing(ConfirmRequestSchema), response: armed } },
    (request, reply) => reply.code(201).send(orderView(confirmOrder(room, machineOf(room, request.params.machine), request.params.machine, request.body ?? {}, by(request)))))

  app.post<{ Body: ReprovisionRequest }>('/api/reprovision', { config: write, schema: { summary: 'Order a reprovision, whose plan was shown', body: ReprovisionRequestSchema, response: armed } },
    (request, reply) => reply.code(201).send(orderView(armReprovision(room, machineOf(room, request.body.machine), request.body, by(request)))))

  app.post<{ Params: MachineParams }>('/api/machines/:machine/rescue', { config: write, schema: { summary: 'Order SSH in the RAM disk', params: machineParams, body: orNothing(RescueRequestSchema), response: armed } },
    (request, reply) => reply.code(201).send(orderView(armRescue(room, machineOf(room, request.params.machine), by(request)))))

  app.post<{ Params: MachineParams, Body: EraseRequest }>('/api/machines/:machine/erase', { config: write, schema: { summary: 'Order that disks be erased, their serials typed again', params: machineParams, body: EraseRequestSchema, response: armed } },
    (request, reply) => reply.code(201).send(orderView(armErase(room, machineOf(room, request.params.machine), request.body, by(request)))))

  app.post<{ Params: MachineParams }>('/api/machines/:machine/cancel', { config: write, schema: { summary: 'Cancel the armed or failed order, or end a rescue', params: machineParams, response: { 200: OrderSchema } } },
    request => {
      const expected = expectedOf(room, request.params.machine)
      const machine = expected === null ? machineOf(room, request.params.machine) : null
      const order = machine === null ? expected : room.orders.findOpen(machine.id) === null || room.advance.findByName(request.params.machine)?.machine === machine.id ? chosen(room, machine, request.params.machine) : null
      if (order === null) return orderView(cancelOrder(room, machine!, by(request)))
      cancelAdvanceOrder(room, order, by(request))
      return { ...advanceOrderView(order), state: 'cancelled', because: `${by(request)} cancelled it.` }
    })

  app.post<{ Params: MachineParams, Body: RetryRequest | null }>('/api/machines/:machine/retry', { config: write, schema: { summary: 'Arm the next attempt of a failed order', params: machineParams, body: orNothing(RetryRequestSchema), response: { 200: OrderSchema } } },
    request => orderView(retryOrder(room, machineOf(room, request.params.machine), request.body ?? {}, by(request))))
}

/** A body that may be missing. */
function orNothing<T extends typeof RetryRequestSchema | typeof RescueRequestSchema | typeof ConfirmRequestSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}
