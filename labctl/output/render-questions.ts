// What is not clear about a machine's identity, for `provision resolve`.
import type { Difference } from '../../protocol/differing-report.ts'
import type { Questions } from '../../protocol/resolve.ts'
import { renderEntry } from './render-entry.ts'
import { renderSpans, type Span } from './render-spans.ts'
import { renderTable } from './render-table.ts'
import { renderAge } from './render-time.ts'

/** Field by field what the record says and what was reported. */
export function renderDifferences(differences: readonly Difference[], color: boolean): string {
  if (differences.length === 0) return '  The hardware is the same.'
  return renderTable(['  FIELD', 'RECORDED', 'REPORTED'], differences.map(({ what, recorded, reported }) => [`  ${what}`, recorded ?? '-', { text: reported ?? '-', tone: 'warning' as const }]), color)
}

/** Everything that is asked about a machine, and what may be said. */
export function renderQuestions(questions: Questions, color: boolean, now: number): string {
  const title = (text: string) => renderSpans({ text, tone: 'strong' }, color)
  const line = (...spans: Span[]) => renderSpans(spans, color)
  const { report, claims, order, sameAs, alarms, offers } = questions
  const parts: string[][] = []
  if (report !== null) parts.push([title(`Reported ${renderAge(report.at, now)}${report.mac === null ? '' : `, started from ${report.mac}`}, and kept beside the record`), line(`  ${report.because}`), renderDifferences(report.differences, color)])
  if (claims.length > 0) parts.push([title('Refused at its boot: it may be this machine'), ...claims.map(claim => renderTable(null, [
    ['  MAC', `${claim.mac}, at ${claim.address}, ${renderAge(claim.lastSeenAt, now)}`], ['  UUID', claim.uuid ?? '-'], ['  serial', claim.serial ?? '-'], ['  model', [claim.manufacturer, claim.product].filter(text => text !== null).join(' ') || '-'],
    ['  why', claim.because], ...claim.heard ? [['  heard', 'it may report, and has not yet']] : [],
  ], color))])
  if (order !== null) parts.push([title(`Contested: the order to ${order.kind} ${order.name}`), line(`  ${order.because ?? ''}`), line(`  The first key is ${order.firstKey ?? 'unknown'}${order.phase === null ? '' : `; its boot got as far as ${order.phase}`}. The second came ${renderAge(order.secondAt, now)}.`)])
  if (sameAs !== null) parts.push([title(`Compared with ${sameAs.name}`), renderDifferences(sameAs.differences, color)])
  if (alarms.length > 0) parts.push([title('Alarms'), ...alarms.map(entry => `  ${renderSpans(renderEntry(entry, { name: null, sinceMs: null }), color)}`)])
  if (parts.length === 0) parts.push(['Nothing is to be resolved: what the machine last reported is what is recorded.'])
  if (offers.length > 0) parts.push([title('What may be said'), renderTable(null, offers.map(({ decision, means }) => [{ text: `  ${decision}`, tone: 'strong' as const }, means]), color)])
  return parts.map(part => part.join('\n')).join('\n\n')
}
