// The settings that a machine gets with its next system: found, judged, shown and set.
import type { Facts } from '../../protocol/facts.ts'
import { settingNames, type EffectiveSettings, type MachineSettings } from '../../protocol/machine-settings.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { decideSettings, withoutHashes } from '../install/decide-settings.ts'
import { judgeImageSettings, judgeMachineSettings } from '../install/judge-machine-settings.ts'
import { judgeTreeSettings } from '../install/kickstart/judge-machine-kickstart.ts'
import type { Machine } from '../machines/machine-store.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { refused } from './order-actions.ts'

/** All settings of a machine in a role. `own`: in place of the machine's stored ones. */
export function settingsOf(room: BootRoom, machine: string, role: string, own = room.settings.find(machine)): MachineSettings {
  return decideSettings(room.config, role, own).settings
}

/** Why a machine with these facts can't have its settings; empty when it can. */
export function settingsRefusals(room: BootRoom, machine: string, facts: Facts, role: string, own?: MachineSettings): Refusal[] {
  return judgeMachineSettings(settingsOf(room, machine, role, own), facts, room.config.controlPlane.address)
}

/** Why the system of that source can't have these settings; empty when it can, and for a source that is not there. */
export function sourceRefusals(room: BootRoom, settings: MachineSettings, os: string): Refusal[] {
  if (room.findOs(os)?.kind === 'image') return judgeImageSettings(settings, os)
  const tree = room.findTree(os)
  return tree === null ? [] : judgeTreeSettings(settings, tree)
}

/** The role of its open order, else its last, else what an operator said, else the configuration's. */
export function roleOf(room: BootRoom, machine: Pick<Machine, 'id' | 'role'>): string {
  const order = room.orders.list(machine.id).find(({ kind, state }) => (kind === 'install' || kind === 'reprovision') && state !== 'cancelled')
  return order?.role ?? machine.role ?? room.config.install.role
}

/** What the machine would get, in its role, and where each setting comes from. */
export function showSettings(room: BootRoom, machine: Machine): EffectiveSettings {
  const role = roleOf(room, machine)
  const own = room.settings.find(machine.id)
  const { settings, from } = decideSettings(room.config, role, own)
  return { role, settings: withoutHashes(settings), from, own: withoutHashes(own) }
}

/** Replaces the machine's own settings. Refuses (thrown) what can't work on it, with nothing changed; an installed system changes with its next install only. */
export function putSettings(room: BootRoom, machine: Machine, own: MachineSettings, by: string): EffectiveSettings {
  const { role } = showSettings(room, machine)
  const refusals = settingsRefusals(room, machine.id, machine.facts, role, own)
  if (refusals.length > 0) throw refused(refusals)
  room.settings.put(machine.id, own)
  noteSettings(room, machine, own, by)
  return showSettings(room, machine)
}

/** Tells the timeline which settings an operator gave; never what they hold. */
export function noteSettings(room: BootRoom, machine: Machine, own: MachineSettings, by: string): void {
  const names = settingNames.filter(name => own[name] !== undefined)
  room.timeline.put({ machine: machine.id, mac: null, phase: 'operator', evidence: 'operator', text: `${by} set the settings of ${labelOf(machine)}: ${names.join(', ') || 'none of its own any more'}.` })
}
