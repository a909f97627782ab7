// Arms the orders that write no system: rescue and erase. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { EraseRequest } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { ErasePlan } from '../install/erase-view.ts'
import type { StoredOrder } from '../install/order-store.ts'
import { planErase } from '../install/plan-erase.ts'
import type { Machine } from '../machines/machine-store.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { taskRefusals } from './needs-ramdisk.ts'
import { howItStarts, refused, tell } from './order-actions.ts'

/** Orders a rescue: SSH in the RAM disk, with the configured keys. */
export function armRescue(room: BootRoom, machine: Machine, by: string): StoredOrder {
  const refusals = [...openOrder(room, machine), ...taskRefusals(room, 'rescue')]
  if (room.config.install.authorizedKeys.length === 0) refusals.push({ code: 'no-keys', because: 'install.authorizedKeys is empty: nobody could enter the rescued machine.', nextStep: 'Add an SSH public key under install.authorizedKeys in bastion.yaml, and restart the bastion.' })
  return arm(room, machine, 'rescue', null, refusals, `${by} ordered: rescue, SSH in RAM for ${room.config.install.authorizedKeys.length} keys; no disk is touched.`)
}

/** Orders that disks be erased, each with its serial typed again. */
export function armErase(room: BootRoom, machine: Machine, request: EraseRequest, by: string): StoredOrder {
  const refusals = [...openOrder(room, machine), ...taskRefusals(room, 'erase')]
  if (machine.differs) refusals.push({ code: 'facts-differ', because: 'The machine’s last report does not agree with what is recorded of it, so it is not known which of the two is meant.', nextStep: 'Compare them, and say which one is right: labctl provision resolve' })
  const made = planErase(machine.facts, request.disks)
  if (made.kind === 'refused') refusals.push(...made.refusals)
  const plan: ErasePlan = { disks: made.kind === 'plan' ? made.disks : [] }
  return arm(room, machine, 'erase', plan, refusals, `${by} ordered: erase ${plan.disks.map(disk => disk.byId).join(', ')}; the serials were typed again.`)
}

function arm(room: BootRoom, machine: Machine, kind: 'rescue' | 'erase', plan: ErasePlan | null, refusals: readonly Refusal[], text: string): StoredOrder {
  if (refusals.length > 0) throw refused(refusals)
  const order = room.orders.put({ machine: machine.id, kind, name: freeName(room, machine), role: '', os: '', wipe: plan?.disks.map(disk => disk.byId) ?? [], accept: [], shown: null, plan })
  tell(room, order, `${text}${howItStarts(room, machine)}`)
  return order
}

function openOrder(room: BootRoom, machine: Machine): Refusal[] {
  const open = room.orders.findOpen(machine.id)
  if (open === null || open.state === 'failed') return []
  return [{ code: 'order-open', because: `The machine has an order already: ${open.kind} ${open.name} is ${open.state}.`, nextStep: open.state === 'installing' && open.kind !== 'rescue' ? `labctl provision watch ${open.name}` : `labctl provision cancel ${open.name}` }]
}

/** The order takes the name that the machine goes by; another machine's order may have reserved that. */
function freeName(room: BootRoom, machine: Machine): string {
  const free = [labelOf(machine), ...machine.macs].find(name => (room.orders.findOpenByName(name)?.machine ?? machine.id) === machine.id)
  return free ?? machine.id
}
