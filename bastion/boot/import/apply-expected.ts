// Gives a machine what waited for it, when it is discovered; and says on both sides why not, where it does not fit.
import type { ExpectedMachine } from '../../../protocol/expected.ts'
import { judgeExpected } from '../../machines/judge-expected.ts'
import { swapped } from '../../machines/judge-identity.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { callExpected, findTarget } from './find-target.ts'
import { describeChanges } from './plan-profile.ts'
import { judgeWords, putWords } from './take-words.ts'

/** See the file's first line. Nothing happens where nothing waits for this machine. */
export function applyExpected(room: BootRoom, id: string): void {
  const machine = room.machines.findById(id)
  if (machine === null) return
  const { macs, uuid, serial } = machine
  const waiting = room.expected.listByIdentity({ macs, uuids: uuid === null ? [] : [uuid, swapped(uuid)!], serials: serial === null ? [] : [serial] })
  const fitting = waiting.filter(expected => judgeExpected(expected, machine, value => room.identities.isShared(value)).kind !== 'other').toSorted((a, b) => callExpected(a) < callExpected(b) ? -1 : 1)
  if (fitting.length === 0) return
  const refuse = (because: string) => {
    for (const expected of fitting) room.expected.putProblem(expected.id, because)
    room.timeline.putAlarm({ machine: id, mac: null, phase: 'operator', evidence: 'bastion', text: `What was imported for it (${fitting.map(callExpected).join(', ')}) was not taken: ${because}` })
  }
  if (fitting.length > 1) return refuse(`${labelOf(machine)} fits ${fitting.length} entries: ${fitting.map(callExpected).join(', ')}.`)
  const [expected] = fitting
  const target = findTarget(room, expected!)
  if ('code' in target) return refuse(target.because)
  const outcome = judgeWords(room, target)
  if (outcome.refusals.length > 0) return refuse(outcome.refusals.map(({ because }) => because).join(' '))
  room.database.transaction(() => {
    putWords(room, outcome, expected!.by)
    room.timeline.put({ machine: id, mac: null, phase: 'operator', evidence: 'operator', text: `It has what ${expected!.by} said of it before it was seen: ${describeChanges(outcome.changes) || 'nothing new'}.` })
  }).immediate()
}

/** Drops what waits for a machine never seen. */
export function forgetExpected(room: BootRoom, expected: ExpectedMachine, by: string): void {
  room.expected.remove(expected.id)
  room.timeline.put({ machine: null, mac: null, phase: 'operator', evidence: 'operator', text: `${by} dropped what was imported for ${callExpected(expected)}, which was never seen.` })
}
