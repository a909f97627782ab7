// Labels: what operators write on machines, and what they choose machines by. The syntax is Kubernetes' (kubernetes.io, "Labels and Selectors").
import { Type, type Static } from 'typebox'

/** The most labels that one machine has. */
export const mostLabels = 64

export const LabelsSchema = Type.Record(Type.String(), Type.String(), { description: 'What operators wrote on it; keys and values as Kubernetes has them' })
export type Labels = Static<typeof LabelsSchema>

/** Labels to be set, or, where the value is null, taken away. */
export const LabelChangesSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()]), { description: 'Labels to be set; null takes one away' })
export type LabelChanges = Static<typeof LabelChangesSchema>

const word = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/
const domain = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

/** Why this can't be a label's key; null when it can. */
export function judgeLabelKey(key: string): string | null {
  const [name = '', prefix, more] = key.split('/').toReversed()
  const wanted = 'wanted are at most 63 of a-z, A-Z, 0-9, “-”, “_” and “.”, with a letter or digit at both ends'
  if (more !== undefined || (prefix !== undefined && (prefix.length > 253 || !domain.test(prefix)))) return `${JSON.stringify(key)} is no label: before the one “/” there must be a domain name in lower case, as in example.com/rack`
  return word.test(name) ? null : `${JSON.stringify(key)} is no label: ${wanted}, perhaps after a domain name and “/”`
}

/** Why this can't be a label's value; null when it can. Nothing is a value. */
export function judgeLabelValue(key: string, value: string): string | null {
  return value === '' || word.test(value) ? null : `${JSON.stringify(value)} can’t be the value of ${key}: wanted are at most 63 of a-z, A-Z, 0-9, “-”, “_” and “.”, with a letter or digit at both ends, or nothing`
}

/** Everything that is wrong with labels to be set or taken away; empty when nothing is. */
export function judgeLabels(changes: LabelChanges): string[] {
  return Object.entries(changes).flatMap(([key, value]) => [judgeLabelKey(key), value === null ? null : judgeLabelValue(key, value)].filter(mistake => mistake !== null))
}

/** The labels after the changes, by key. */
export function changeLabels(labels: Labels, changes: LabelChanges): Labels {
  const after = Object.entries({ ...labels, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null)
  return Object.fromEntries(after.toSorted(([a], [b]) => a < b ? -1 : 1))
}
