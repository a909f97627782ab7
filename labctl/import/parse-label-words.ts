// What label words mean: KEY=VALUE sets a label, KEY- takes one away.
import { judgeLabels, type LabelChanges } from '../../protocol/labels.ts'

/** The changes, and everything that is wrong with the words. */
export function parseLabelWords(words: readonly string[]): { labels: LabelChanges, mistakes: string[] } {
  const labels: LabelChanges = {}
  const mistakes: string[] = []
  for (const word of words) {
    const [, key = '', value] = /^([^=]*)=(.*)$/.exec(word) ?? [null, word.replace(/-$/, '')]
    if (value === undefined && !word.endsWith('-')) mistakes.push(`${JSON.stringify(word)} says nothing: wanted is KEY=VALUE, or KEY- to take a label away`)
    else if (key in labels) mistakes.push(`${key} is said twice`)
    else labels[key] = value ?? null
  }
  return { labels, mistakes: [...mistakes, ...judgeLabels(labels)] }
}
