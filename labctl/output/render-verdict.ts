import type { Stranger, Verdict } from '../../protocol/machines.ts'
import type { Span } from './render-spans.ts'
import { renderTable } from './render-table.ts'
import { renderAge } from './render-time.ts'

const longestText = 60

/** A verdict as lines: what was seen and what that most probably means, and what to try. */
export function renderVerdict({ because, nextStep }: Verdict, indent = ''): Span[][] {
  return [[indent, { text: because, tone: 'warning' }], [`${indent}Next: ${nextStep}`]]
}

/** A verdict's name, as the mark in a table. */
export function renderMark(verdict: Verdict | null | undefined): Span {
  return verdict === null || verdict === undefined ? '-' : { text: verdict.code, tone: 'warning' }
}

/** MACs that are no machine yet, as a table. */
export function renderStrangers(strangers: readonly Stranger[], now: number, color: boolean): string {
  return renderTable(['MAC', 'ADDRESS', 'SEEN', 'LAST WORD', 'VERDICT'], strangers.map(({ mac, address, lastSeenAt, text, verdict }) => [
    { text: mac, tone: 'strong' }, address ?? '-', renderAge(lastSeenAt, now), text.length > longestText ? `${text.slice(0, longestText)}…` : text, renderMark(verdict),
  ]), color)
}
