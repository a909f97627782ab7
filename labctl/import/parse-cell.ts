// What a spreadsheet makes of text, and the text again.
import type { Refusal } from '../../protocol/refusal.ts'

/** A mistake at a line of the file. The whole import's next step counts. */
export function importMistake(line: number, because: string): Refusal {
  return { code: 'import-row', because: `line ${line}: ${because}.`, nextStep: '' }
}

/** The cell without what is there only to keep a spreadsheet from changing it: an apostrophe before it, or ="…" around it. */
export function plainCell(cell: string): string {
  const text = cell.replaceAll('\u00a0', ' ').trim()
  return (/^="([^"]*)"$/.exec(text)?.[1] ?? text).replace(/^'/, '').trim()
}

/** What a spreadsheet did to a cell that can't be undone here; null when nothing. */
export function cellMistake(cell: string): string | null {
  if (/^[=+@]/.test(cell) || /^-./.test(cell)) return `${JSON.stringify(cell)} begins as a formula does; export the values, not the formulas`
  if (/^\d([.,]\d+)?E\+?\d+$/i.test(cell)) return `${JSON.stringify(cell)} is a number that a spreadsheet made of something else; give the column the format “text” before it is filled`
  if (/^#(REF|N\/A|VALUE|NAME\?|DIV\/0|NULL|NUM)!?$/i.test(cell)) return `${JSON.stringify(cell)} is a spreadsheet’s error`
  return null
}
