// What an order is answered, made before it is consumed: what can fail, fails with nothing changed.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { StorageRecord } from '../../protocol/storage-record.ts'
import type { ErasedDisk, ErasePlan } from '../install/erase-view.ts'
import { rootTooSmall } from '../install/judge-root-size.ts'
import { earlierPlans, type InstallPlan, type PlanOrder } from '../install/make-plan.ts'
import { orderSteps, streamedImage } from '../install/order-steps.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { planErase } from '../install/plan-erase.ts'
import { renderErase } from '../install/render-erase.ts'
import type { Machine } from '../machines/machine-store.ts'
import { judgePlanChange } from '../volumes/judge-plan-change.ts'
import { recordOfPlan } from '../volumes/record-of-plan.ts'
import { withoutLeftovers } from '../volumes/without-leftovers.ts'
import type { BootRoom } from './boot-room.ts'
import { kickstartFiles } from './kickstart-answer.ts'
import { planFor } from './last-plan.ts'
import { settingsOf, settingsRefusals, sourceRefusals } from './machine-settings.ts'
import { refused } from './order-actions.ts'
import { treeOf } from './order-tree.ts'
import type { Answer } from './pack-answer.ts'

/** `plan`: what is stored with the order, and enough to make the same answer again. `record`: what becomes of the machine's storage record; null leaves it. `because` ends with a full stop. */
export type OrderAnswer = { kind: 'answer', plan: unknown, record: StorageRecord | null, answer: Answer, because: string } | { kind: 'refused', refusals: Refusal[] }

/** The answer for a machine with these facts, or every refusal. Throws `BST_IMAGE_MISSING` when the image has gone. */
export function answerOrder(room: BootRoom, order: StoredOrder, machine: Machine, facts: Facts, mac: string): OrderAnswer {
  if (order.kind === 'rescue') return { kind: 'answer', plan: null, record: null, because: `${order.name} can be entered over SSH from its RAM disk.`, answer: rescueAnswer(room) }
  if (order.kind === 'erase') return answerErase(order, facts)
  const wanted: PlanOrder = { kind: order.kind, role: order.role, wipe: order.wipe, accept: order.accept, earlier: earlierPlans(order.plan) }
  const made = planFor(room, machine, facts, wanted)
  if (made.kind === 'refused') return made
  const { plan } = made
  const tree = treeOf(room, order)
  const installed = tree === null ? null : kickstartFiles(room, { machine: machine.id, facts, storage: plan.storage, tree, order, mac })
  const small = tree !== null ? null : rootTooSmall(plan.storage, streamedImage(room.findOs(order.os), order.os, room.config.os.stream), facts.memory.totalBytes)
  const refusals = [...changesSince(order.shown, plan.storage, wanted.earlier, facts, facts => planFor(room, machine, facts, wanted)), ...small === null ? [] : [small], ...settingsRefusals(room, machine.id, facts, order.role), ...installed === null ? sourceRefusals(room, settingsOf(room, machine.id, order.role), order.os) : [], ...installed?.kind === 'refused' ? installed.refusals : []]
  if (refusals.length > 0) return { kind: 'refused', refusals }
  const because = order.kind === 'install' ? `${order.os} will be installed as ${order.name} on ${plan.disk}.` : `${order.name} will be reprovisioned with ${order.os} on ${plan.disk}; ${plan.storage.kept.length} volumes are kept.`
  return { kind: 'answer', plan, record: recordOfPlan(plan.storage, facts, room.records.find(machine.id)), because, answer: installed?.kind === 'files' ? { kind: 'kickstart', room, order, plan, files: installed.files } : installAnswer(room, order, plan, mac) }
}

/** Every way in which the plan is less safe than the one shown. That one may be from before attempts that were cut short: what they left is no news. */
function changesSince(shown: StoragePlan | null, now: StoragePlan, earlier: readonly StoragePlan[], facts: Facts, plan: (facts: Facts) => ReturnType<typeof planFor>): Refusal[] {
  const changes = shown === null ? [] : judgePlanChange(shown, now)
  if (shown === null || changes.length === 0 || earlier.length === 0) return changes
  const before = plan(withoutLeftovers(facts, shown, earlier))
  return before.kind === 'plan' && judgePlanChange(shown, before.plan.storage).length === 0 ? [] : changes
}

/** The same answer once more, for a machine that lost it. */
export function answerAgain(room: BootRoom, order: StoredOrder, facts: Facts, mac: string): Answer {
  if (order.kind === 'rescue') return rescueAnswer(room)
  if (order.kind === 'erase') return eraseAnswer(order, (order.plan as ErasePlan).disks)
  const tree = treeOf(room, order)
  const plan = order.plan as InstallPlan
  if (tree === null) return installAnswer(room, order, plan, mac)
  const made = kickstartFiles(room, { machine: order.machine, facts, storage: plan.storage, tree, order, mac })
  if (made.kind === 'refused') throw refused(made.refusals)
  return { kind: 'kickstart', room, order, plan, files: made.files }
}

/** The serials are those that were typed: a disk that has taken another's name since is not the one that was meant. */
function answerErase(order: StoredOrder, facts: Facts): OrderAnswer {
  const typed = (order.plan as ErasePlan | null)?.disks ?? []
  const made = planErase(facts, order.wipe.map(disk => ({ disk, serial: typed.find(({ byId }) => byId === disk)?.serial ?? '' })))
  if (made.kind === 'refused') return made
  const plan: ErasePlan = { disks: made.disks }
  return { kind: 'answer', plan, record: null, because: `${made.disks.map(disk => disk.byId).join(', ')} will be erased.`, answer: eraseAnswer(order, made.disks) }
}

function eraseAnswer(order: StoredOrder, disks: ErasedDisk[]): Answer {
  return { kind: 'erase', plan: { disks }, steps: renderErase({ name: order.name, attempt: order.attempt, disks }) }
}

const rescueAnswer = (room: BootRoom): Answer => ({ kind: 'rescue', authorizedKeys: room.config.install.authorizedKeys })

function installAnswer(room: BootRoom, order: StoredOrder, plan: InstallPlan, mac: string): Answer {
  const image = room.findOs(order.os)
  streamedImage(image, order.os, room.config.os.stream)
  return { kind: 'install', room, order, plan, steps: orderSteps({ config: room.config, bootUrl: room.bootUrl, image: image!, order, mac, storage: plan.storage, settings: settingsOf(room, order.machine, order.role) }) }
}
