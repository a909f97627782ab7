// Which machines are meant, by their labels; the words are those of kubectl.
import { judgeLabelKey, judgeLabelValue, type Labels } from './labels.ts'

/** One condition. `value` null: whatever its value is. */
export interface LabelSelector { key: string, value: string | null, not: boolean }

/** `KEY=VALUE`, `KEY!=VALUE`, `KEY` (has it) or `!KEY` (does not have it); else why it is none of them. */
export function parseLabelSelector(text: string): LabelSelector | { mistake: string } {
  const [, mark = '', key = '', not, value] = /^(!?)([^=!]*)(?:(!?)==?(.*))?$/.exec(text.trim()) ?? []
  const wrong = key === '' || (mark !== '' && value !== undefined) ? `${JSON.stringify(text)} chooses nothing: wanted is KEY=VALUE, KEY!=VALUE, KEY or !KEY` : judgeLabelKey(key) ?? (value === undefined ? null : judgeLabelValue(key, value))
  return wrong === null ? { key, value: value ?? null, not: mark !== '' || (not ?? '') !== '' } : { mistake: wrong }
}

/** Whether labels meet all conditions. What does not have the key does not have the value. */
export function matchesSelectors(labels: Labels, selectors: readonly LabelSelector[]): boolean {
  return selectors.every(({ key, value, not }) => (value === null ? labels[key] !== undefined : labels[key] === value) !== not)
}
