// Arms the orders that write an operating system. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { InstallRequest } from '../../protocol/machines.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { ReprovisionRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { judgeOrder } from '../install/judge-order.ts'
import type { PlanOrder } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import type { BootRoom } from './boot-room.ts'
import { planFromLastFacts, wantedOf } from './last-plan.ts'
import { noteSettings, settingsRefusals } from './machine-settings.ts'
import { agreed, refused, tell, wordsOf } from './order-actions.ts'

/** Arms an install order, unless a refusal is known already: of the order itself, or of the plan that the last facts give. Where a plan was shown, it must still be that one. */
export function armInstall(room: BootRoom, machine: Machine, request: InstallRequest, by: string): StoredOrder {
  const wanted = { ...wantedOf(room, machine, 'install', request), name: request.name }
  return arm(room, machine, wanted, request.shown ?? null, request.settings, by, machine.state !== 'discovered' && wanted.wipe.length === 0)
}

/** Arms a reprovision: the plan that the last facts and the record give must be the one that was shown. */
export function armReprovision(room: BootRoom, machine: Machine, request: ReprovisionRequest, by: string): StoredOrder {
  const wanted = { ...wantedOf(room, machine, 'reprovision', request), name: request.name ?? machine.name }
  return arm(room, machine, wanted, request.shown, request.settings, by, false)
}

function arm(room: BootRoom, machine: Machine, wanted: PlanOrder & { os: string, name: string | null }, shown: string | null, settings: MachineSettings | undefined, by: string, spared: boolean): StoredOrder {
  const { kind, name, role, os, wipe, accept } = wanted
  const roles = Object.keys(room.config.install.layouts)
  const refusals: Refusal[] = judgeOrder({
    name, role, os, roles, osState: room.findOs(os)?.state ?? null,
    nameTakenBy: name === null ? null : takenBy(room, machine, name), openOrder: room.orders.findOpen(machine.id), spared,
  })
  const made = planFromLastFacts(room, machine, wanted)
  if (made.kind === 'refused') refusals.push(...made.refusals.filter(({ code }) => code !== 'role-unknown'))
  refusals.push(...settingsRefusals(room, machine.id, machine.facts, role, settings))
  if (name === null || refusals.length > 0) throw refused(refusals)
  const order = room.database.transaction(() => {
    if (settings !== undefined) room.settings.put(machine.id, settings)
    return room.orders.put({ machine: machine.id, kind, name, role, os, wipe, accept, shown: shown === null ? null : agreed(made, shown) })
  }).immediate()
  if (settings !== undefined) noteSettings(room, machine, settings, by)
  tell(room, order, `${by} ordered: ${kind} ${order.os} as ${order.name}, role ${order.role}${shown === null ? '' : ', after its plan was shown'}${wordsOf(order)}.`)
  return order
}

function takenBy(room: BootRoom, machine: Machine, name: string): string | null {
  const reserved = room.orders.findOpenByName(name)
  if (reserved !== null && reserved.machine !== machine.id) return `reserved by the order of another machine (${reserved.state})`
  const other = room.machines.listByReference(name).find(found => found.name === name && found.id !== machine.id)
  return other === undefined ? null : `the name of another machine (${other.macs[0] ?? other.id})`
}
