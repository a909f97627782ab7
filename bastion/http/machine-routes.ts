import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { InstallerHint } from '../../protocol/machine-logs.ts'
import { MachineDetailSchema, MachineSummarySchema, TimelineEntrySchema, type TimelineEntry } from '../../protocol/machines.ts'
import { parseLabelSelector, type LabelSelector } from '../../protocol/label-selectors.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { treeOf } from '../boot/order-tree.ts'
import { differingReport } from '../boot/resolve/questions.ts'
import { showSettings } from '../boot/machine-settings.ts'
import { forgetExpected } from '../boot/import/apply-expected.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { LogStore } from '../intake/log-store.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { cancelAdvanceOrder } from '../boot/advance/confirm-order.ts'
import { advanceOrderView, expectedDetail, expectedTimeline } from './advance-view.ts'
import { importedDetail, importedOf, listMachines } from './expected-view.ts'
import { expectedOf, machineOf, machineParams as params, machineView, orderView, type MachineParams as Params } from './machine-view.ts'

const read = { permission: 'machines:read' } as const
const write = { permission: 'machines:write' } as const
const chosenBy = Type.Object({ label: Type.Array(Type.String({ maxLength: 400 }), { default: [], maxItems: 16, description: 'Only machines with this label: KEY=VALUE, KEY!=VALUE, KEY or !KEY; all that are given must hold' }) })
const after = Type.Object({ after: Type.Integer({ minimum: 0, default: 0, description: 'Only entries behind this id' }) })

/** Machines, for operators. */
export function machineRoutes(app: FastifyInstance, room: BootRoom, logs: LogStore): void {
  app.get<{ Querystring: { label: string[] } }>('/api/machines', { config: read, schema: { summary: 'All machines, or those that labels choose', querystring: chosenBy, response: { 200: Type.Object({ machines: Type.Array(MachineSummarySchema) }) } } },
    request => ({ machines: listMachines(room, request.query.label.map(selectorOf)) }))

  app.get<{ Params: Params }>('/api/machines/:machine', { config: read, schema: { summary: 'One machine: facts, orders, storage record, proof, timeline', params, response: { 200: MachineDetailSchema } } }, request => {
    const expected = expectedOf(room, request.params.machine)
    if (expected !== null) return expectedDetail(room, expected)
    const imported = importedOf(room, request.params.machine)
    if (imported !== null) return importedDetail(room, imported)
    const machine = machineOf(room, request.params.machine)
    const orders = room.orders.list(machine.id)
    return {
      machine: machineView(room, machine), facts: machine.facts, orders: [...room.advance.listByMachine(machine.id).map(advanceOrderView), ...orders.map(orderView)], record: room.records.find(machine.id), settings: showSettings(room, machine),
      proof: orders.find(order => order.proof !== null)?.proof ?? null, report: differingReport(room, machine), changes: room.reports.findChanges(machine.id), timeline: withAlarms(room, machine.id), hint: hintFor(room, logs, orders[0]),
    }
  })

  app.get<{ Params: Params, Querystring: { after: number } }>('/api/machines/:machine/timeline', { config: read, schema: { summary: 'What was seen of a machine', params, querystring: after, response: { 200: Type.Object({ timeline: Type.Array(TimelineEntrySchema) }) } } },
    request => {
      const expected = expectedOf(room, request.params.machine)
      return { timeline: expected !== null ? expectedTimeline(room, expected, request.query.after, 1000) : room.timeline.list(machineOf(room, request.params.machine).id, request.query.after, 1000) }
    })

  app.get<{ Params: Params }>('/api/machines/:machine/log', { config: read, schema: { summary: 'The log tail of its last failed installation', params, response: { 200: Type.Object({ log: Type.String() }) } } }, request => {
    const { id } = machineOf(room, request.params.machine)
    const row = room.database.prepare<[string], { text: string }>('SELECT text FROM boot_logs WHERE machine = ? ORDER BY id DESC LIMIT 1').get(id)
    return { log: row?.text ?? '' }
  })

  app.delete<{ Params: Params }>('/api/machines/:machine', { config: write, schema: { summary: 'Forget a machine', params, response: { 204: Type.Null() } } }, (request, reply) => {
    const expected = expectedOf(room, request.params.machine)
    if (expected !== null) {
      cancelAdvanceOrder(room, expected, request.operator?.name ?? 'an operator')
      return reply.code(204).send()
    }
    const imported = importedOf(room, request.params.machine)
    if (imported !== null) {
      forgetExpected(room, imported, request.operator?.name ?? 'an operator')
      return reply.code(204).send()
    }
    const machine = machineOf(room, request.params.machine)
    // With the machine the orders that waited for it: it is a new one when it comes again.
    for (const { id } of room.advance.listByMachine(machine.id)) room.advance.remove(id)
    room.machines.remove(machine.id)
    room.timeline.put({ machine: null, mac: machine.macs[0] ?? null, phase: 'operator', evidence: 'operator', text: `${machine.name ?? machine.macs[0] ?? machine.id} was forgotten.` })
    room.events.publish({ kind: 'order-changed', machine: machine.id, order: '' })
    return reply.code(204).send()
  })
}

function selectorOf(text: string): LabelSelector {
  const selector = parseLabelSelector(text)
  if ('mistake' in selector) throw new BastionError('BST_INPUT_INVALID', `label: ${selector.mistake}.`, { nextStep: 'docs/import.md shows how machines are chosen by their labels.' })
  return selector
}

/** Only between what the installer's machine proves: what it proved last is nearer to the truth. */
function hintFor(room: BootRoom, logs: LogStore, order: StoredOrder | undefined): InstallerHint | null {
  const goesOn = order?.state === 'installing' && ['disks', 'packages', 'configure'].includes(order.phase ?? '') && treeOf(room, order) !== null
  return goesOn ? logs.hints.of(order.machine, order.updatedAt) : null
}

/** The newest entries, and before them the alarms that nobody has seen to. */
function withAlarms(room: BootRoom, machine: string): TimelineEntry[] {
  const newest = room.timeline.list(machine, 0, 200)
  return [...room.timeline.listAlarms(machine).filter(({ id }) => id < (newest[0]?.id ?? 0)).slice(-50), ...newest]
}
