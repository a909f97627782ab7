// Sets labels of one machine, or takes them away. Refusals are thrown as BST_REFUSED, with nothing changed.
import type { LabelAnswer } from '../../../protocol/import.ts'
import { judgeLabels, type LabelChanges } from '../../../protocol/labels.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { refused } from '../order-actions.ts'
import type { Target } from './find-target.ts'
import { callExpected } from './find-target.ts'
import { describeChanges } from './plan-profile.ts'
import { judgeWords, putWords } from './take-words.ts'

/** The one machine that an operator's word means by name, MAC, UUID, id or serial: one that is there, or that is expected. Refuses none (`BST_NOT_FOUND`) and several (`BST_AMBIGUOUS`). */
export function targetOf(room: BootRoom, reference: string, labels: LabelChanges): Target {
  const words = { name: null, role: null, labels, settings: {} }
  const named = room.machines.listByReference(reference)
  const machines = named.length > 0 ? named : room.machines.listByIdentity({ macs: [], uuids: [], serials: [reference] }).filter(({ serial }) => serial !== null && !room.identities.isShared(serial))
  const waiting = named.length > 0 ? [] : room.expected.listByReference(reference)
  const advance = machines.length + waiting.length > 0 ? null : room.advance.findByReference(reference)
  const there = advance?.machine == null ? null : room.machines.findById(advance.machine)
  const targets: Target[] = [
    ...[...machines, ...there === null ? [] : [there]].map(machine => ({ identity: { mac: null, uuid: null, serial: null }, machine, waiting: null, words })),
    ...waiting.map(expected => ({ identity: { mac: expected.mac, uuid: expected.uuid, serial: expected.serial }, machine: null, waiting: expected, words })),
    ...advance !== null && there === null ? [{ identity: { mac: advance.mac, uuid: null, serial: null }, machine: null, waiting: room.expected.listByIdentity({ macs: [advance.mac], uuids: [], serials: [] })[0] ?? null, words }] : [],
  ]
  if (targets.length === 1) return targets[0]!
  if (targets.length === 0) throw new BastionError('BST_NOT_FOUND', `There is no machine ${JSON.stringify(reference)}; wanted is a name, MAC, serial, SMBIOS UUID or internal id.`, { nextStep: 'labctl provision list shows all. For machines that were never seen: labctl provision import.' })
  throw new BastionError('BST_AMBIGUOUS', `${JSON.stringify(reference)} fits ${targets.length} machines: ${targets.map(({ machine, waiting: expected }) => machine === null ? callExpected(expected!) : labelOf(machine)).join(', ')}.`, { nextStep: 'Use a MAC or the internal id.' })
}

/** See the file's first line. Gives the labels afterwards. */
export function labelMachine(room: BootRoom, reference: string, labels: LabelChanges, by: string): LabelAnswer {
  const mistakes = judgeLabels(labels)
  if (mistakes.length > 0) throw refused(mistakes.map(because => ({ code: 'label-invalid', because: `${because}.`, nextStep: 'The syntax is that of Kubernetes: docs/import.md.' })))
  const target = targetOf(room, reference, labels)
  const outcome = judgeWords(room, target)
  if (outcome.refusals.length > 0) throw refused(outcome.refusals)
  const { machine } = target
  const changes = outcome.changes.filter(({ what }) => what.startsWith('label '))
  if (changes.length > 0) room.database.transaction(() => {
    putWords(room, outcome, by)
    room.timeline.put({ machine: machine?.id ?? null, mac: null, phase: 'operator', evidence: 'operator', text: `${by} labelled ${machine === null ? outcome.after.name ?? target.identity.mac ?? target.identity.serial ?? 'a machine never seen' : labelOf(machine)}: ${describeChanges(changes)}.` })
  }).immediate()
  return { machine: outcome.after.name ?? (machine === null ? reference : labelOf(machine)), seen: machine !== null, labels: outcome.after.labels, changes }
}
