// Decides which recorded machine a claim of identity means, for dispatch and for facts: none, one, or that it can't be told.
import type { IdentityStore } from '../machines/identity-store.ts'
import { judgeIdentity, swapped, type IdentityClaim } from '../machines/judge-identity.ts'
import { isJunk } from '../machines/junk-identities.ts'
import type { Machine, MachineStore } from '../machines/machine-store.ts'

/** Unknown, one known machine, or limbo with what to compare. */
export type FoundIdentity =
  | { kind: 'unknown' }
  | { kind: 'known', machine: Machine }
  | { kind: 'limbo', because: string, machines: readonly Machine[] }

/** Looks the claim up by everything that isn't known junk and that no operator said is shared, and judges every candidate. */
export function findIdentity({ machines, identities }: { machines: Pick<MachineStore, 'listCandidates'>, identities: IdentityStore }, claim: IdentityClaim): FoundIdentity {
  const own = (value: string | null) => value === null || isJunk(value) || identities.isShared(value) || identities.isShared(swapped(value)!) ? null : value
  const [uuid, serial] = [own(claim.uuid), own(claim.serial)]
  const candidates = machines.listCandidates({ macs: claim.macs, uuid, serial })
  const judged = candidates.map(machine => ({ machine, judgement: judgeIdentity({ macs: machine.macs, uuid: own(machine.uuid), serial: own(machine.serial) }, { macs: claim.macs, uuid, serial }) }))
  const disagreeing = judged.filter(({ judgement }) => judgement.kind === 'limbo')
  if (disagreeing.length > 0) return { kind: 'limbo', because: disagreeing[0]!.judgement.because, machines: judged.filter(({ judgement }) => judgement.kind !== 'differs').map(({ machine }) => machine) }
  const same = judged.filter(({ judgement }) => judgement.kind === 'same').map(({ machine }) => machine)
  if (same.length > 1) return { kind: 'limbo', because: `This machine agrees with ${same.length} recorded ones: ${same.map(({ name, id }) => name ?? id).join(', ')}. Compare their UUIDs, serials and MACs.`, machines: same }
  return same.length === 1 ? { kind: 'known', machine: same[0]! } : { kind: 'unknown' }
}
