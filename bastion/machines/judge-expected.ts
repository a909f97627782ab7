// Decides whether what waits for a machine never seen is meant for one that is there, for discovery and for import.
import type { ExpectedMachine } from '../../protocol/expected.ts'
import { swapped } from './judge-identity.ts'
import { isJunk } from './junk-identities.ts'

/** What a machine is known by. */
export interface KnownBy { macs: readonly string[], uuid: string | null, serial: string | null }
/** `meant`: all that was said agrees. `contradicts`: a part of it does, and a part of it does not. `other`: nothing of it does. */
export type ExpectedJudgement = { kind: 'meant' } | { kind: 'other' } | { kind: 'contradicts', because: string }

/** Judges MAC, UUID and serial together. `isShared`: whether an operator said that more than one machine has a UUID or serial; such a one, and known junk, agrees with nobody. */
export function judgeExpected(expected: Pick<ExpectedMachine, 'mac' | 'uuid' | 'serial'>, machine: KnownBy, isShared: (value: string) => boolean = () => false): ExpectedJudgement {
  const usable = (value: string | null) => value === null || isJunk(value) || isShared(value) ? null : value.trim().toLowerCase()
  const [uuid, serial] = [usable(machine.uuid), usable(machine.serial)]
  const told = [
    ...expected.mac === null ? [] : [{ text: `MAC ${expected.mac}`, agrees: machine.macs.includes(expected.mac), is: machine.macs.join(', ') || 'none' }],
    ...expected.uuid === null ? [] : [{ text: `UUID ${expected.uuid}`, agrees: uuid !== null && [uuid, swapped(uuid)].includes(usable(expected.uuid)), is: machine.uuid ?? 'none' }],
    ...expected.serial === null ? [] : [{ text: `serial ${expected.serial}`, agrees: serial !== null && serial === usable(expected.serial), is: machine.serial ?? 'none' }],
  ]
  const wrong = told.filter(({ agrees }) => !agrees)
  if (wrong.length === told.length) return { kind: 'other' }
  if (wrong.length === 0) return { kind: 'meant' }
  return { kind: 'contradicts', because: `${told.filter(({ agrees }) => agrees).map(({ text }) => text).join(' and ')} agrees, but ${wrong.map(({ text, is }) => `${text} was expected and it has ${is}`).join(', ')}` }
}
