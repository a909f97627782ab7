// Takes an install order for a MAC that was never seen. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { InstallRequest } from '../../../protocol/machines.ts'
import { parseMac } from '../../../protocol/names.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { AdvanceOrder } from '../../install/advance-order-store.ts'
import { decideSettings } from '../../install/decide-settings.ts'
import { judgeOrder } from '../../install/judge-order.ts'
import { isJunk } from '../../machines/junk-identities.ts'
import { judgeSettings } from '../../platform/judge-settings.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { takenBy } from '../name-taken.ts'
import { sourceRefusals } from '../machine-settings.ts'
import { systemRefusals } from '../needs-ramdisk.ts'
import { refused } from '../order-actions.ts'

/** The MAC that an operator's word is, where no machine has it; null otherwise. */
export function unseenMac(room: BootRoom, reference: string): string | null {
  const mac = parseMac(reference)
  return mac === null || room.machines.listByReference(reference).length > 0 ? null : mac
}

/** Keeps the order until the machine with this MAC is discovered; `meet-advance-orders.ts` says what happens then. */
export function orderInAdvance(room: BootRoom, mac: string, request: InstallRequest, by: string): AdvanceOrder {
  const { config } = room
  const [role, os, identity] = [request.role ?? room.expected.listByReference(mac)[0]?.role ?? config.install.role, request.os ?? config.os.default, request.identity ?? {}]
  const there = room.advance.findByMac(mac)
  const refusals: Refusal[] = [
    ...judgeOrder({ name: request.name, role, os, roles: Object.keys(config.install.layouts), osState: room.findOs(os)?.state ?? null, nameTakenBy: takenBy(room, { id: null, macs: [mac] }, request.name), openOrder: there === null ? null : { kind: 'install', name: there.name, state: 'armed' }, spared: false }),
    ...systemRefusals(room, os),
    ...request.shown === undefined ? [] : [{ code: 'plan-unknown', because: `No machine with the MAC ${mac} was seen yet, so no plan of it can have been shown.`, nextStep: 'Order without a plan; the machine’s first boot makes one.' }],
    ...judgeSettings(request.settings ?? {}).map(mistake => ({ code: 'settings-invalid', because: `The settings can’t work: ${mistake}.`, nextStep: 'Correct the file that --settings names.' })),
    ...sourceRefusals(room, decideSettings(config, role, request.settings ?? {}).settings, os),
    ...[identity.uuid, identity.serial, ...identity.disks ?? []].filter(value => value !== undefined && isJunk(value)).map(value => ({ code: 'identity-junk', because: `${JSON.stringify(value)} is what many machines report, and identifies none.`, nextStep: 'Name something that only this machine has, or nothing: the order then asks before it goes on.' })),
    ...known(room, request),
  ]
  if (refusals.length > 0) throw refused(refusals)
  const order = room.advance.put({ mac, name: request.name, role, os, wipe: [...request.wipe ?? []], identity, settings: request.settings ?? null, by })
  // Under the id that its machine will have, so that it is found there.
  room.timeline.put({ machine: order.id, mac, phase: 'operator', evidence: 'operator', text: `${by} ordered, before the machine was ever seen: install ${os} as ${order.name}, role ${role}${order.wipe.length === 0 ? '' : `; may be destroyed: ${order.wipe.join(', ')}`}.` })
  return order
}

/** A serial or UUID that a machine has which is known by other MACs: that machine is meant, or the wrong one. */
function known(room: BootRoom, { identity }: InstallRequest): Refusal[] {
  const [uuid, serial] = [identity?.uuid?.toLowerCase() ?? null, identity?.serial ?? null].map(value => value === null || isJunk(value) || room.identities.isShared(value) ? null : value)
  return room.machines.listCandidates({ macs: [], uuid: uuid ?? null, serial: serial ?? null }).map(machine => ({
    code: 'identity-known', because: `The serial or UUID that the order names is that of ${labelOf(machine)}, which is known, and by other MACs: ${machine.macs.join(', ') || 'none'}.`,
    nextStep: `Order for that machine: labctl provision install ${labelOf(machine)}`,
  }))
}
