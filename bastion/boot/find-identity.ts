// Decides which recorded machine a claim of identity means, for dispatch and for facts: none, one, or that it can't be told.
import { judgeIdentity, type IdentityClaim } from '../machines/judge-identity.ts'
import { isJunk } from '../machines/junk-identities.ts'
import type { Machine, MachineStore } from '../machines/machine-store.ts'

/** Unknown, one known machine, or limbo with what to compare. */
export type FoundIdentity =
  | { kind: 'unknown' }
  | { kind: 'known', machine: Machine }
  | { kind: 'limbo', because: string, machines: readonly Machine[] }

/** Looks the claim up by everything that isn't known junk, and judges every candidate. */
export function findIdentity(machines: MachineStore, claim: IdentityClaim): FoundIdentity {
  const uuid = claim.uuid !== null && isJunk(claim.uuid) ? null : claim.uuid
  const serial = claim.serial !== null && isJunk(claim.serial) ? null : claim.serial
  const candidates = machines.listCandidates({ macs: claim.macs, uuid, serial })
  const judged = candidates.map(machine => ({ machine, judgement: judgeIdentity({ macs: machine.macs, uuid: machine.uuid, serial: machine.serial }, claim) }))
  const disagreeing = judged.find(({ judgement }) => judgement.kind === 'limbo')
  if (disagreeing !== undefined && disagreeing.judgement.kind === 'limbo') return { kind: 'limbo', because: disagreeing.judgement.because, machines: candidates }
  const same = judged.filter(({ judgement }) => judgement.kind === 'same').map(({ machine }) => machine)
  if (same.length > 1) return { kind: 'limbo', because: `This machine agrees with ${same.length} recorded ones: ${same.map(({ name, id }) => name ?? id).join(', ')}. Compare their UUIDs, serials and MACs.`, machines: same }
  return same.length === 1 ? { kind: 'known', machine: same[0]! } : { kind: 'unknown' }
}
