// Finds what an operator's word about a machine means: one that is there, or what waits for one that was never seen.
import type { ExpectedMachine } from '../../../protocol/expected.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import { judgeExpected } from '../../machines/judge-expected.ts'
import { swapped } from '../../machines/judge-identity.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { mergeWords, type ProfileWords } from './plan-profile.ts'

/** What a machine is said to be known by. */
export interface Identity { mac: string | null, uuid: string | null, serial: string | null }
/** What a word is about: the machine, or nobody yet; what waited for it already; and the word over that. */
export interface Target { identity: Identity, machine: Machine | null, waiting: ExpectedMachine | null, words: ProfileWords }

/** The target, or why it can't be told. */
export function findTarget(room: Pick<BootRoom, 'machines' | 'identities' | 'expected'>, said: Identity & ProfileWords): Target | Refusal {
  const waiting = room.expected.listByIdentity(asLists(said))
  if (waiting.length > 1) return { code: 'expected-several', because: `It is about ${waiting.length} machines that were never seen: ${waiting.map(callExpected).join(', ')}.`, nextStep: `Forget those that are none: labctl provision forget ${callExpected(waiting[0]!)}` }
  const [former = null] = waiting
  const identity = { mac: said.mac ?? former?.mac ?? null, uuid: said.uuid ?? former?.uuid ?? null, serial: said.serial ?? former?.serial ?? null }
  const words = former === null ? said : mergeWords(former, said)
  const judged = room.machines.listByIdentity(asLists(identity)).map(machine => ({ machine, judgement: judgeExpected(identity, machine, value => room.identities.isShared(value)) }))
  for (const { machine, judgement } of judged) if (judgement.kind === 'contradicts') return { code: 'identity-contradicts', because: `It is not ${labelOf(machine)}: ${judgement.because}.`, nextStep: `Compare the two: labctl provision describe ${labelOf(machine)}` }
  const meant = judged.filter(({ judgement }) => judgement.kind === 'meant').map(({ machine }) => machine)
  if (meant.length > 1) return { code: 'identity-ambiguous', because: `It fits ${meant.length} machines: ${meant.map(labelOf).join(', ')}.`, nextStep: 'Say which is meant by its MAC.' }
  return { identity, machine: meant[0] ?? null, waiting: former, words: { name: words.name, role: words.role, labels: words.labels, settings: words.settings } }
}

/** What to call what waits: its name, else what it is known by. */
export function callExpected({ name, mac, serial, uuid, id }: Pick<ExpectedMachine, 'name' | 'mac' | 'serial' | 'uuid' | 'id'>): string {
  return name ?? mac ?? serial ?? uuid ?? id
}

/** As the stores look it up: a UUID in both byte orders. */
export function asLists({ mac, uuid, serial }: Identity): { macs: string[], uuids: string[], serials: string[] } {
  return { macs: mac === null ? [] : [mac], uuids: uuid === null ? [] : [uuid, swapped(uuid)!], serials: serial === null ? [] : [serial] }
}
