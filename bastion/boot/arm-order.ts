// Arms the orders that write an operating system. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { InstallRequest, NamedIdentity } from '../../protocol/machines.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { ReprovisionRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { judgeOrder } from '../install/judge-order.ts'
import type { PlanOrder } from '../install/make-plan.ts'
import type { StoredOrder } from '../install/order-store.ts'
import type { Machine } from '../machines/machine-store.ts'
import type { BootRoom } from './boot-room.ts'
import { kickstartFiles } from './kickstart-answer.ts'
import { planFromLastFacts, wantedOf, type ShownPlan } from './last-plan.ts'
import { judgeNamedIdentity } from './advance/judge-named-identity.ts'
import { noteSettings, settingsOf, settingsRefusals, sourceRefusals } from './machine-settings.ts'
import { takenBy } from './name-taken.ts'
import { systemRefusals } from './needs-ramdisk.ts'
import { treeOf } from './order-tree.ts'
import { agreed, howItStarts, refused, tell, wordsOf } from './order-actions.ts'

/** Arms an install order, unless a refusal is known already: of the order itself, or of the plan that the last facts give. Where a plan was shown, it must still be that one. */
export function armInstall(room: BootRoom, machine: Machine, request: InstallRequest, by: string): StoredOrder {
  const wanted = { ...wantedOf(room, machine, 'install', request), name: request.name }
  return arm(room, machine, wanted, request.shown ?? null, request, by, machine.state !== 'discovered' && wanted.wipe.length === 0)
}

/** Arms a reprovision: the plan that the last facts and the record give must be the one that was shown. */
export function armReprovision(room: BootRoom, machine: Machine, request: ReprovisionRequest, by: string): StoredOrder {
  const wanted = { ...wantedOf(room, machine, 'reprovision', request), name: request.name ?? machine.name }
  return arm(room, machine, wanted, request.shown, request, by, false)
}

/** Why an install would be refused now; empty when it would be armed. */
export function refusalsToInstall(room: BootRoom, machine: Machine, request: InstallRequest): Refusal[] {
  const wanted = { ...wantedOf(room, machine, 'install', request), name: request.name }
  return judge(room, machine, wanted, request, machine.state !== 'discovered' && wanted.wipe.length === 0).refusals
}

/** Stands for the id of an order that is only being judged. */
const unarmed = '00000000-0000-0000-0000-000000000000'
type Wanted = PlanOrder & { os: string, name: string | null }

function judge(room: BootRoom, machine: Machine, wanted: Wanted, { settings, identity }: Pick<InstallRequest, 'settings' | 'identity'>, spared: boolean): { refusals: Refusal[], made: ShownPlan } {
  const { name, role, os } = wanted
  const refusals = [...judgeOrder({
    name, role, os, roles: Object.keys(room.config.install.layouts), osState: room.findOs(os)?.state ?? null,
    nameTakenBy: name === null ? null : takenBy(room, machine, name), openOrder: room.orders.findOpen(machine.id), spared,
  }), ...systemRefusals(room, os)]
  const made = planFromLastFacts(room, machine, wanted)
  if (made.kind === 'refused') refusals.push(...made.refusals.filter(({ code }) => code !== 'role-unknown'))
  refusals.push(...settingsRefusals(room, machine.id, machine.facts, role, settings), ...sourceRefusals(room, settingsOf(room, machine.id, role, settings), os), ...otherThanNamed(room, machine, identity))
  // A kickstart is made of words that have been judged.
  if (made.kind === 'plan' && refusals.length === 0) refusals.push(...kickstartRefusals(room, machine, wanted, made.plan, settings))
  return { refusals, made }
}

function arm(room: BootRoom, machine: Machine, wanted: Wanted, shown: string | null, request: Pick<InstallRequest, 'settings' | 'identity'>, by: string, spared: boolean): StoredOrder {
  const { kind, name, role, os, wipe, accept } = wanted
  const { settings } = request
  const { refusals, made } = judge(room, machine, wanted, request, spared)
  if (name === null || refusals.length > 0) throw refused(refusals)
  const order = room.database.transaction(() => {
    if (settings !== undefined) room.settings.put(machine.id, settings)
    for (const { id } of room.advance.listByMachine(machine.id)) room.advance.remove(id)
    return room.orders.put({ machine: machine.id, kind, name, role, os, wipe, accept, shown: shown === null ? null : agreed(made, shown) })
  }).immediate()
  if (settings !== undefined) noteSettings(room, machine, settings, by)
  tell(room, order, `${by} ordered: ${kind} ${order.os} as ${order.name}, role ${order.role}${shown === null ? '' : ', after its plan was shown'}${wordsOf(order)}.${howItStarts(room, machine)}`)
  return order
}

/** What Anaconda can't be told is refused before anything is armed. */
function kickstartRefusals(room: BootRoom, machine: Machine, { kind, os, role, name }: Wanted, storage: StoragePlan, own: MachineSettings | undefined): Refusal[] {
  const tree = treeOf(room, { kind, os })
  if (tree === null) return []
  const made = kickstartFiles(room, { machine: machine.id, facts: machine.facts, storage, tree, order: { id: unarmed, attempt: 1, os, role, name: name ?? 'unnamed' }, mac: machine.macs[0] ?? '00:00:00:00:00:00', ...own === undefined ? {} : { own } })
  return made.kind === 'refused' ? made.refusals : []
}

/** An order may name what its machine is known by; a machine that is there must be that one. */
function otherThanNamed(room: BootRoom, machine: Machine, identity: NamedIdentity | undefined): Refusal[] {
  const judgement = identity === undefined ? null : judgeNamedIdentity(identity, machine.facts, value => room.identities.isShared(value))
  return judgement?.kind !== 'differs' ? [] : [{ code: 'identity-differs', because: `This is not the machine that was named: ${judgement.because}.`, nextStep: 'labctl provision list shows all machines with their MACs; labctl provision describe their serials and disks.' }]
}
