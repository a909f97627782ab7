// Gives a machine what an operator said of it, or lets that wait for a machine never seen. Judged by the caller; within its transaction.
import type { ImportChange } from '../../../protocol/import.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { Machine } from '../../machines/machine-store.ts'
import { uuidv7 } from '../../platform/clock.ts'
import { judgeSettings } from '../../platform/judge-settings.ts'
import { labelOf, type BootRoom } from '../boot-room.ts'
import { roleOf, settingsRefusals } from '../machine-settings.ts'
import { takenBy } from '../name-taken.ts'
import type { Identity, Target } from './find-target.ts'
import { judgeTarget } from './judge-target.ts'
import { planProfile, type Profile } from './plan-profile.ts'

/** What would become of a target, and why it can't. */
export interface Outcome { target: Target, before: Profile, after: Profile, changes: ImportChange[], refusals: Refusal[] }

const nothing: Profile = { name: null, role: null, labels: {}, settings: {} }

/** What the words would change. `isFreed`: whether the same import takes a name from whoever has it. */
export function judgeWords(room: BootRoom, target: Target, isFreed: (name: string) => boolean = () => false): Outcome {
  const { machine, waiting } = target
  const before = machine !== null ? profileOf(room, machine) : waiting ?? nothing
  const { after, changes } = planProfile(before, target.words)
  const identity = machine === null && waiting !== null ? identityChanges(waiting, target.identity) : []
  const orders = machine === null ? [] : room.orders.list(machine.id).filter(({ kind }) => kind === 'install' || kind === 'reprovision')
  const open = machine === null ? null : room.orders.findOpen(machine.id)
  const holder = after.name === null || isFreed(after.name) ? null : takenBy(room, { id: machine?.id ?? null, macs: machine?.macs ?? listed(target.identity.mac), expected: waiting?.id ?? null }, after.name)
  // What is wrong with the words by themselves was told before.
  const saidWell = judgeSettings(target.words.settings).length === 0
  const newSettings = machine !== null && changes.some(({ what }) => what === 'role' || what.startsWith('setting '))
  return { target, before, after, changes: [...identity, ...changes], refusals: [
    ...judgeTarget({ before, after, nameHolder: holder, machine: machine === null ? null : { label: labelOf(machine), state: machine.state, systemOrder: orders.find(({ id }) => id === open?.id) ?? null, installedRole: orders.find(({ state }) => state === 'done')?.role ?? null } }),
    ...newSettings ? settingsRefusals(room, machine.id, machine.facts, roleOf(room, { ...machine, role: after.role }), after.settings).filter(({ code }) => code !== 'settings-invalid' || saidWell) : [],
  ] }
}

/** Writes it: to the machine, and then nothing waits any more; or as what waits. Names that change are to be free already. */
export function putWords(room: BootRoom, { target: { machine, waiting, identity }, before, after }: Outcome, by: string): void {
  if (machine === null) return room.expected.put({ id: waiting?.id ?? uuidv7(room.clock()), ...identity, ...pick(after), by })
  if (waiting !== null) room.expected.remove(waiting.id)
  if (after.name !== before.name) room.machines.putName(machine.id, after.name)
  if (after.role !== before.role && after.role !== null) room.machines.putRole(machine.id, after.role)
  room.machines.putLabels(machine.id, after.labels)
  if (Object.keys(after.settings).length > 0) room.settings.put(machine.id, after.settings)
}

function profileOf(room: BootRoom, machine: Machine): Profile {
  return { name: machine.name, role: machine.role, labels: machine.labels, settings: room.settings.find(machine.id) }
}

function pick({ name, role, labels, settings }: Profile): Profile {
  return { name, role, labels, settings }
}

function identityChanges(was: Identity, is: Identity): ImportChange[] {
  return (['mac', 'uuid', 'serial'] as const).flatMap(what => was[what] === is[what] ? [] : [{ what, was: was[what], is: is[what] }])
}

const listed = (mac: string | null): string[] => mac === null ? [] : [mac]
