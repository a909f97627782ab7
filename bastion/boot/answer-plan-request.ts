// Answers POST /api/plan: for a machine from what is known of it, or for facts, record and layout that came with the request. Nothing is armed.
import { randomUUID } from 'node:crypto'
import type { PlanAnswer, PlanRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { carryOverOf } from '../install/carry-over.ts'
import { makePlan } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { showPlan } from '../install/show-plan.ts'
import type { Machine } from '../machines/machine-store.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { judgeLayout } from '../platform/judge-layout.ts'
import { taggedMachine } from '../volumes/choose-ours.ts'
import { recordGiven, unknownMachine } from '../volumes/record-given.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { planFromLastFacts, wantedAgain, wantedOf } from './last-plan.ts'
import { settingsOf, settingsRefusals, sourceRefusals } from './machine-settings.ts'
import { decideSettings, withoutHashes } from '../install/decide-settings.ts'

/** The plan with its digest and the face asked for, or every refusal. Throws `BST_INPUT_INVALID` for a request that names both a machine and facts, or neither. */
export function answerPlanRequest(room: BootRoom, request: PlanRequest, machineOf: (reference: string) => Machine): PlanAnswer {
  const files = [request.facts, request.record, request.layout].some(given => given !== undefined)
  if (request.machine !== undefined && !files) return forMachine(room, machineOf(request.machine), request)
  if (request.machine === undefined && request.facts !== undefined && request.retry !== true) return forFacts(room, request, request.facts)
  throw new BastionError('BST_INPUT_INVALID', 'A plan is made for a machine, from what is known of it, or for facts with a record and a layout: one of the two is wanted.', { nextStep: 'Name a machine alone, or give facts and layout.' })
}

function forMachine(room: BootRoom, machine: Machine, request: PlanRequest): PlanAnswer {
  const order = request.retry === true ? openPlanned(room, machine, request) : null
  const wanted = order === null ? wantedOf(room, machine, request.order, request) : wantedAgain(order, request)
  const image = room.findOs(wanted.os)
  const ready = image?.kind === 'image' && image.state === 'ready' ? image : null
  const made = planFromLastFacts(room, machine, wanted)
  const refusals: Refusal[] = [...made.kind === 'refused' ? made.refusals : [], ...settingsRefusals(room, machine.id, machine.facts, wanted.role), ...sourceRefusals(room, settingsOf(room, machine.id, wanted.role), wanted.os)]
  if (ready === null && request.face === 'shell' && room.findTree(wanted.os) === null) refusals.push({ code: 'os-missing', because: `There is no image of ${wanted.os} here, and the steps name it.`, nextStep: `labctl os add ${wanted.os}` })
  if (made.kind === 'refused' || refusals.length > 0) return { kind: 'refused', refusals }
  return showPlan(made.plan, request.face, { config: room.config, bootUrl: room.bootUrl, controlUrl: room.controlUrl, tree: room.findTree(wanted.os), ...order === null ? {} : { order }, facts: machine.facts, layout: room.config.install.layouts[wanted.role]!, os: wanted.os, image: ready, name: order?.name ?? machine.name ?? labelOf(machine), mac: machine.macs[0] ?? '', settings: withoutHashes(settingsOf(room, machine.id, wanted.role)) })
}

function forFacts(room: BootRoom, request: PlanRequest, facts: NonNullable<PlanRequest['facts']>): PlanAnswer {
  const { config } = room
  const role = request.role ?? config.install.role
  const layout = request.layout ?? config.install.layouts[role] ?? null
  const wrong = request.layout === undefined ? [] : judgeLayout(request.layout)
  if (wrong.length > 0) return { kind: 'refused', refusals: wrong.map(because => ({ code: 'layout-impossible', because: `The layout can’t be made: ${because}.`, nextStep: 'Correct it.' })) }
  const given = request.record === undefined || layout === null ? null : recordGiven(request.record, layout)
  if (given?.kind === 'refused') return given
  const machine = given?.record.machineId ?? taggedMachine(facts) ?? unknownMachine
  const made = makePlan({
    layout, facts, record: given?.record ?? null, machine, seed: randomUUID(), carryOver: carryOverOf(config),
    order: { kind: request.order, role, wipe: request.wipe ?? [], accept: request.accept ?? [], earlier: [] },
  })
  if (made.kind === 'refused') return made
  const os = request.os ?? config.os.default
  const image = room.findOs(os)
  const { settings } = decideSettings(config, role, {})
  const refusals = sourceRefusals(room, settings, os)
  if (refusals.length > 0) return { kind: 'refused', refusals }
  return showPlan(made.plan.storage, request.face, { config, bootUrl: room.bootUrl, controlUrl: room.controlUrl, tree: room.findTree(os), facts, layout: layout!, os, image: image?.kind === 'image' && image.state === 'ready' ? image : null, name: 'machine', mac: facts.nics[0]?.mac ?? '00:00:00:00:00:00', settings: withoutHashes(settings) })
}

function openPlanned(room: BootRoom, machine: Machine, request: PlanRequest): StoredOrder {
  const order = room.orders.findOpen(machine.id)
  if (order !== null && order.kind === request.order) return order
  throw new BastionError('BST_CONFLICT', order === null ? `${labelOf(machine)} has no open order.` : `The open order of ${labelOf(machine)} is to ${order.kind}, not to ${request.order}.`, { nextStep: `labctl provision describe ${labelOf(machine)}` })
}
