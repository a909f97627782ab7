// Does what it means that a machine in limbo is another one: what both have in common tells neither from now on.
import { swapped, type IdentityClaim } from '../../machines/judge-identity.ts'
import { isJunk } from '../../machines/junk-identities.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'

/** Declares UUIDs and serials shared, gives up MACs, drops what differed. Gives what was done as a sentence. */
export function tellApart(room: BootRoom, machine: Machine): string {
  const report = room.reports.findDiffering(machine.id)
  const others: IdentityClaim[] = [
    ...room.identities.listClaims(machine.id).map(({ mac, uuid, serial }) => ({ macs: [mac], uuid, serial })),
    ...report === null ? [] : [{ macs: [...report.mac === null ? [] : [report.mac], ...report.facts.nics.map(nic => nic.mac)], uuid: report.facts.system.uuid, serial: report.facts.system.serial }],
  ]
  const shared = new Set(others.flatMap(other => [...both(machine.uuid, other.uuid), ...both(machine.serial, other.serial)]))
  const macs = new Set(others.flatMap(other => other.macs.filter(mac => machine.macs.includes(mac))))
  for (const value of shared) room.identities.putShared(value)
  for (const mac of macs) room.reports.removeMac(machine.id, mac)
  room.reports.drop(machine.id)
  room.identities.removeClaims(machine.id)
  const told = [...shared].map(value => `${value} counts for nothing`).concat([...macs].map(mac => `${mac} is the other one’s`))
  return `what was in limbo is another machine than ${labelOf(machine)}${told.length === 0 ? '' : `: ${told.join(', ')}`}.`
}

function both(one: string | null, other: string | null): string[] {
  if (one === null || other === null || isJunk(one)) return []
  const [a, b] = [one.trim().toLowerCase(), other.trim().toLowerCase()]
  return a === b || swapped(a) === b ? [one] : []
}
