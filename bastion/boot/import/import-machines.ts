// Takes an operator's words about many machines at once: all of them are judged before anything is written, and written in one transaction. Refusals are thrown as BST_REFUSED.
import type { ImportAnswer, ImportRequest } from '../../../protocol/import.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import { BastionError } from '../../platform/bastion-error.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { findTarget, type Target } from './find-target.ts'
import { judgeImportRows, mistake, type WantedRow } from './judge-import-rows.ts'
import { describeChanges } from './plan-profile.ts'
import { judgeWords, putWords, type Outcome } from './take-words.ts'

/** The most refusals that are told at once. */
const mostTold = 200

interface RowTarget { row: WantedRow, target: Target }

/** See the file's first line. What is so already is left alone, so that the same import twice changes nothing. */
export function importMachines(room: BootRoom, { rows, dryRun = false }: { rows: readonly unknown[], dryRun?: ImportRequest['dryRun'] }, by: string): ImportAnswer {
  const judged = judgeImportRows(rows, Object.keys(room.config.install.layouts))
  const refusals = [...judged.refusals]
  const targets = judged.rows.flatMap(row => {
    if (row.mac === null && row.uuid === null && row.serial === null) return []
    const target = findTarget(room, row)
    if ('code' in target) refusals.push(placed(row, target))
    return 'code' in target ? [] : [{ row, target }]
  })
  refusals.push(...judgeSame(targets).filter(({ because }) => !judged.refusals.some(({ code, because: told }) => code === 'import-twice' && told.split(': ')[0] === because.split(': ')[0])))
  const freed = freedNames(targets)
  const outcomes = targets.map(({ row, target }) => ({ row, outcome: judgeWords(room, target, name => freed.has(name)) }))
  refusals.push(...outcomes.flatMap(({ row, outcome }) => outcome.refusals.map(refusal => placed(row, refusal))))
  if (refusals.length > 0) throw refusedImport(refusals)
  if (!dryRun) write(room, outcomes.map(({ outcome }) => outcome), by)
  return { dryRun, rows: outcomes.map(({ row, outcome: { target: { machine, identity }, after, changes } }) => ({ line: row.line, machine: after.name ?? machine?.name ?? machine?.macs[0] ?? identity.mac ?? identity.serial ?? identity.uuid!, seen: machine !== null, changes })) }
}

function write(room: BootRoom, outcomes: readonly Outcome[], by: string): void {
  const changing = outcomes.filter(({ changes, target }) => changes.length > 0 || (target.waiting !== null && target.machine !== null))
  room.database.transaction(() => {
    // Names may change hands within one import.
    for (const { target: { machine, waiting }, before, after } of changing) {
      if (before.name === null || before.name === after.name) continue
      if (machine !== null) room.machines.putName(machine.id, null)
      else if (waiting !== null) room.expected.put({ ...waiting, name: null })
    }
    for (const outcome of changing) {
      putWords(room, outcome, by)
      const { target: { machine }, changes } = outcome
      if (machine !== null) room.timeline.put({ machine: machine.id, mac: null, phase: 'operator', evidence: 'operator', text: `${by} imported for ${labelOf(machine)}: ${describeChanges(changes) || 'nothing new'}.` })
    }
    const waiting = changing.filter(({ target }) => target.machine === null).length
    if (changing.length > 0) room.timeline.put({ machine: null, mac: null, phase: 'operator', evidence: 'operator', text: `${by} imported ${outcomes.length} machines: ${changing.length - waiting} were changed, and for ${waiting} never seen it waits.` })
  }).immediate()
}

/** Names that machines of this import give up. */
function freedNames(targets: readonly RowTarget[]): Set<string> {
  return new Set(targets.flatMap(({ target: { machine, waiting, words } }) => {
    const has = machine?.name ?? waiting?.name ?? null
    return has === null || words.name === null || words.name === has ? [] : [has]
  }))
}

/** A refusal for each row about a machine that an earlier row is about: by another MAC, or by its serial. */
function judgeSame(targets: readonly RowTarget[]): Refusal[] {
  const before = new Map<string, string>()
  return targets.flatMap(({ row, target: { machine, waiting } }) => {
    const id = machine?.id ?? waiting?.id
    if (id === undefined) return []
    const first = before.get(id)
    before.set(id, first ?? row.at)
    return first === undefined ? [] : [mistake('import-twice', `${row.at}: it is about the same machine as ${first}: ${machine === null ? id : labelOf(machine)}.`)]
  })
}

function placed({ at }: WantedRow, { code, because, nextStep }: Refusal): Refusal {
  return { code, because: `${at}: ${because}`, nextStep }
}

function refusedImport(refusals: readonly Refusal[]): BastionError {
  const more = refusals.length - mostTold
  const told = more <= 0 ? refusals : [...refusals.slice(0, mostTold), mistake('import-more', `And ${more} more.`)]
  return new BastionError('BST_REFUSED', `${refusals.length === 1 ? 'There is a mistake' : `There are ${refusals.length} mistakes`} in the import; nothing of it was taken.`, { nextStep: 'Correct them, and import again: what is so already is left alone.', refusals: told })
}
