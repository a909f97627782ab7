// Gathers everything that is not clear about a machine's identity, and gives it a digest: what an operator says is about exactly this.
import { createHash } from 'node:crypto'
import type { Difference } from '../../../protocol/differing-report.ts'
import type { Questions } from '../../../protocol/resolve.ts'
import type { Facts } from '../../../protocol/facts.ts'
import { listChanges } from '../../machines/describe-differences.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { findIdentity } from '../find-identity.ts'
import { decideOffers } from './decide-offers.ts'

const alarmsShown = 50

/** See the file's first line. `other`: the machine that this one may be, on another board. */
export function questionsOf(room: BootRoom, machine: Machine, other: Machine | null): Questions {
  const report = room.reports.findDiffering(machine.id)
  const claims = room.identities.listClaims(machine.id).map(({ heardUntil, machines: _machines, firstSeenAt: _first, ...claim }) => ({ ...claim, heard: (heardUntil ?? 0) > room.clock() }))
  const open = room.orders.findOpen(machine.id)
  const contested = open?.state === 'contested' ? open : null
  const alarms = room.timeline.listAlarms(machine.id)
  const limbo = claims.length > 0 || (report !== null && findIdentity(room, { macs: [...new Set([...report.mac === null ? [] : [report.mac], ...report.facts.nics.map(nic => nic.mac)])], uuid: report.facts.system.uuid, serial: report.facts.system.serial }).kind === 'limbo')
  const asked = {
    machine: machine.id,
    report: differingReport(room, machine),
    claims,
    sameAs: other === null ? null : { machine: other.id, name: labelOf(other), differences: differences(other.facts, machine.facts) },
    order: contested === null ? null : { id: contested.id, kind: contested.kind, name: contested.name, because: contested.because, phase: contested.phase, firstKey: contested.publicKey === null ? null : fingerprint(contested.publicKey), secondAt: contested.updatedAt },
  }
  const meaning = {
    ...asked, claims: claims.map(({ mac, uuid, serial, because }) => [mac, uuid, serial, because]).toSorted(), report: report === null ? null : [report.mac, report.facts],
    recorded: [machine.uuid, machine.serial, machine.macs, machine.facts], order: contested === null ? null : [contested.id, contested.attempt, contested.publicKey], other: other === null ? null : [other.id, other.facts],
  }
  return {
    ...asked, alarms: alarms.slice(-alarmsShown), alarmsUpTo: alarms.at(-1)?.id ?? 0,
    offers: decideOffers({ report: report !== null, limbo, claims: claims.length, unheard: claims.filter(({ heard }) => !heard).length, sameAs: other === null ? null : labelOf(other), contested: contested !== null, installing: open?.state === 'installing', alarms: alarms.length }),
    digest: createHash('sha256').update(JSON.stringify(meaning)).digest('hex'),
  }
}

/** The report that is kept beside the machine's record, with what differs. */
export function differingReport(room: BootRoom, machine: Machine): Questions['report'] {
  const report = room.reports.findDiffering(machine.id)
  return report === null ? null : { at: report.at, mac: report.mac, because: report.because, differences: differences(machine.facts, report.facts) }
}

/** What differs, field by field. */
function differences(recorded: Facts, reported: Facts): Difference[] {
  return listChanges(recorded, reported).map(({ what, was, is }) => ({ what, recorded: was, reported: is }))
}

function fingerprint(publicKey: string): string {
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64').replaceAll('=', '')}`
}
