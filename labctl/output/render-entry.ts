import type { TimelineEntry } from '../../protocol/machines.ts'
import type { Span } from './render-spans.ts'
import { renderClock, renderDuration } from './render-time.ts'

/** One entry of a timeline as a line: time of day, time since its boot began (null: left out), machine (null: left out), phase, text. */
export function renderEntry(entry: TimelineEntry, more: { name: string | null, sinceMs: number | null }): Span[] {
  const since = more.sinceMs === null ? '' : `${`+${renderDuration(more.sinceMs)}`.padStart(10)}  `
  return [
    { text: `${renderClock(entry.at)}  ${since}`, tone: 'faint' },
    ...more.name === null ? [] : [{ text: `${more.name.padEnd(17)}  `, tone: 'strong' as const }],
    { text: entry.phase.padEnd(11), tone: entry.alarm ? 'bad' : entry.phase === 'operator' ? 'warning' : 'good' },
    ` ${entry.alarm ? 'ALARM: ' : ''}${entry.text}`,
  ]
}
