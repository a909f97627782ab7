import type { LogLine } from '../../protocol/machine-logs.ts'
import type { Span, Tone } from './render-spans.ts'
import { renderClock } from './render-time.ts'

/** One line of a log: time of day, machine (null: left out), program and text, with the colour of its severity. */
export function renderLogLine(line: LogLine, name: string | null): Span[] {
  return [
    { text: `${renderClock(line.at)}  `, tone: 'faint' },
    ...name === null ? [] : [{ text: `${name.padEnd(17)}  `, tone: 'strong' as const }],
    { text: `${line.program === null ? '' : `${line.program}: `}${line.text}`, tone: toneOf(line) },
  ]
}

function toneOf({ severity, dropped }: LogLine): Tone {
  if (dropped > 0) return 'warning'
  if (severity === null || severity > 4) return 'plain'
  return severity <= 3 ? 'bad' : 'warning'
}
