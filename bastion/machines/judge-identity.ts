// Decides whether a claim of identity means a recorded machine, for dispatch (which sees one MAC) and for facts (which see all).
import { isJunk } from './junk-identities.ts'

/** What a machine says it is: SMBIOS UUID and serial as reported, junk included, and the MACs seen, in the form of `parseMac`. */
export interface IdentityClaim { macs: readonly string[], uuid: string | null, serial: string | null }
/** `same`: it is that machine (parts may have changed; `proof` says what carries the judgement: `mac` when neither side has anything better). `differs`: another machine. `limbo`: the evidence contradicts itself, and a person has to compare. */
export type IdentityJudgement =
  | { kind: 'same', because: string, proof: 'board' | 'mac' }
  | { kind: 'differs', because: string }
  | { kind: 'limbo', because: string }

/** Judges UUID, serial and MACs together; none of them decides alone against another. Known junk counts for nothing. A claim's MACs may be a part of the recorded ones, or hold new ones: one in common is agreement. */
export function judgeIdentity(recorded: IdentityClaim, reported: IdentityClaim): IdentityJudgement {
  const uuid = compare(recorded.uuid, reported.uuid) === 'differs' ? compare(swapped(recorded.uuid), reported.uuid) : compare(recorded.uuid, reported.uuid)
  const serial = compare(recorded.serial, reported.serial)
  const shared = reported.macs.filter(mac => recorded.macs.includes(mac))
  const macAgrees = shared.length > 0
  const boardAgrees = uuid === 'agrees' || serial === 'agrees'
  const boardDiffers = uuid === 'differs' || serial === 'differs'
  const neitherHasABoard = [recorded, reported].every(claim => usable(claim.uuid) === null && usable(claim.serial) === null)

  if (macAgrees && boardAgrees && !boardDiffers) return { kind: 'same', proof: 'board', because: `${uuid === 'agrees' ? `UUID ${reported.uuid}` : `serial ${reported.serial}`} and MAC ${shared[0]} are those recorded.` }
  if (macAgrees && boardDiffers) return { kind: 'limbo', because: `MAC ${shared[0]} is recorded on another board: ${[...told('UUID', uuid, recorded.uuid, reported.uuid), ...told('serial', serial, recorded.serial, reported.serial)].join(', ')}.` }
  if (macAgrees && neitherHasABoard) return { kind: 'same', proof: 'mac', because: `MAC ${shared[0]} is recorded; neither then nor now has the board a UUID or serial of its own.` }
  if (macAgrees) return { kind: 'limbo', because: `MAC ${shared[0]} is recorded, but a MAC alone is no identity: UUID was ${recorded.uuid ?? 'none'} and is ${reported.uuid ?? 'none'}, serial was ${recorded.serial ?? 'none'} and is ${reported.serial ?? 'none'}.` }
  if (uuid === 'agrees') return { kind: 'limbo', because: `two machines have the UUID ${reported.uuid}: the recorded one has MAC ${list(recorded.macs)}, this one ${list(reported.macs)}.` }
  if (serial === 'agrees' && uuid === 'unknown') return { kind: 'limbo', because: `two machines have the serial ${reported.serial}: the recorded one has MAC ${list(recorded.macs)}, this one ${list(reported.macs)}.` }
  return { kind: 'differs', because: 'neither MAC nor UUID is the recorded one.' }
}

type Comparison = 'agrees' | 'differs' | 'unknown'

function compare(recorded: string | null, reported: string | null): Comparison {
  const [was, is] = [usable(recorded), usable(reported)]
  return was === null || is === null ? 'unknown' : was === is ? 'agrees' : 'differs'
}

function usable(value: string | null): string | null {
  return value === null || isJunk(value) ? null : value.trim().toLowerCase()
}

/** The first three fields in the other byte order: firmware, iPXE and Linux do not agree on it for SMBIOS before 2.6 (DSP0134, 7.2.1). */
export function swapped(uuid: string | null): string | null {
  const fields = /^(..)(..)(..)(..)-(..)(..)-(..)(..)-(.{4}-.{12})$/.exec(uuid ?? '')
  return fields === null ? uuid : `${fields[4]}${fields[3]}${fields[2]}${fields[1]}-${fields[6]}${fields[5]}-${fields[8]}${fields[7]}-${fields[9]}`
}

function told(what: string, comparison: Comparison, was: string | null, is: string | null): string[] {
  return comparison === 'differs' ? [`${what} was ${was} and is ${is}`] : []
}

function list(macs: readonly string[]): string {
  return macs.length === 0 ? 'none' : macs.slice(0, 8).join(', ')
}
