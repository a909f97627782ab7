import type { Labels } from '../../protocol/labels.ts'

/** Labels in a line, by key; empty when there are none. */
export function renderLabels(labels: Labels): string {
  return Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(', ')
}
