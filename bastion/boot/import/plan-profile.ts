// Decides what changes when an operator's words about a machine meet what it has: what is not said stays.
import { isDeepStrictEqual } from 'node:util'
import type { ImportChange } from '../../../protocol/import.ts'
import { changeLabels, type LabelChanges, type Labels } from '../../../protocol/labels.ts'
import { settingNames, type MachineSettings } from '../../../protocol/machine-settings.ts'
import { withoutHashes } from '../../install/decide-settings.ts'

/** What operators say of a machine, beside orders. */
export interface Profile { name: string | null, role: string | null, labels: Labels, settings: MachineSettings }
/** The same as it is said: null and missing things are not said, and a label that is null is taken away. */
export interface ProfileWords { name: string | null, role: string | null, labels: LabelChanges, settings: MachineSettings }

const longestValue = 300

/** The profile afterwards, and each thing that changes. A setting is taken whole. */
export function planProfile(before: Profile, words: ProfileWords): { after: Profile, changes: ImportChange[] } {
  const after: Profile = { name: words.name ?? before.name, role: words.role ?? before.role, labels: changeLabels(before.labels, words.labels), settings: { ...before.settings, ...words.settings } }
  return { after, changes: [
    ...(['name', 'role'] as const).flatMap(key => changed(key, before[key], after[key])),
    ...Object.keys({ ...before.labels, ...after.labels }).toSorted().flatMap(key => changed(`label ${key}`, before.labels[key] ?? null, after.labels[key] ?? null)),
    ...settingNames.flatMap(name => isDeepStrictEqual(before.settings[name], after.settings[name]) ? [] : [{ what: `setting ${name}`, was: told(before.settings, name), is: told(after.settings, name) }]),
  ] }
}

/** One word over another: the later one counts, thing by thing. */
export function mergeWords(earlier: ProfileWords, later: ProfileWords): ProfileWords {
  return { name: later.name ?? earlier.name, role: later.role ?? earlier.role, labels: { ...earlier.labels, ...later.labels }, settings: { ...earlier.settings, ...later.settings } }
}

/** Changes in a few words, for a timeline; never what a setting holds. */
export function describeChanges(changes: readonly ImportChange[]): string {
  return changes.map(({ what, is }) => is === null ? `no ${what}` : what.startsWith('setting ') ? what : `${what} ${is === '' ? '(empty)' : is}`).join(', ')
}

function changed(what: string, was: string | null, is: string | null): ImportChange[] {
  return was === is ? [] : [{ what, was, is }]
}

function told(settings: MachineSettings, name: keyof MachineSettings): string | null {
  const value = withoutHashes(settings)[name]
  if (value === undefined) return null
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > longestValue ? `${text.slice(0, longestValue)} …` : text
}
