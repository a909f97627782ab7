import Table from 'cli-table3'
import { renderSpans, type Span } from './render-spans.ts'

const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  ' }

/** Rows in plain columns below a head, or without one (null). Every cell is made harmless; lines have no trailing blanks and no final line feed. */
export function renderTable(head: readonly string[] | null, rows: readonly (readonly (Span | readonly Span[])[])[], color: boolean): string {
  const table = new Table({ chars: none, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true } })
  if (head !== null) table.push(head.map(title => renderSpans({ text: title, tone: 'faint' }, color)))
  for (const row of rows) table.push(row.map(cell => renderSpans(cell, color)))
  return table.toString().split('\n').map(line => line.trimEnd()).join('\n')
}
