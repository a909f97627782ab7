// Decides what the rows of a CSV file say of machines: text in, rows and all mistakes with their lines out. Spreadsheets' habits are known: byte order marks, semicolons, CR LF, numbers made of serials, formulas.
import { CsvError, parse } from 'csv-parse/sync'
import { closest } from 'fastest-levenshtein'
import type { ImportRow } from '../../protocol/import.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { cellMistake, importMistake, plainCell } from './parse-cell.ts'
import { parseCsvRow } from './parse-csv-row.ts'

/** What a column may be called. `label.KEY` is one label each. */
export const importColumns = ['mac', 'uuid', 'serial', 'name', 'role', 'labels', 'dhcp', 'address', 'gateway', 'gateway6', 'vlan', 'dns', 'search', 'ntp', 'timezone', 'locale'] as const
/** One of {@link importColumns}, or `label.` and a key. */
export type ImportColumn = typeof importColumns[number] | `label.${string}`

/** Rows that can be sent to the bastion, which judges what they say; and what can't be read. */
export interface ParsedImport { rows: ImportRow[], mistakes: Refusal[] }

interface RawRecord { record: string[], raw: string, info: { lines: number } }

/** See the file's first line. The first line that is neither empty nor a comment (#) names the columns. */
export function parseImportCsv(text: string): ParsedImport {
  let records: RawRecord[]
  try { records = parse(text, { bom: true, delimiter: delimiterOf(text), comment: '#', comment_no_infix: true, skip_empty_lines: true, skip_records_with_empty_values: true, relax_column_count: true, relax_quotes: true, trim: true, raw: true, info: true, max_record_size: 65_536 }) as unknown as RawRecord[] } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = (error as { lines?: unknown }).lines
    return { rows: [], mistakes: [importMistake(typeof line === 'number' ? line : 1, `this is no CSV: ${error.message}`)] }
  }
  const [head, ...body] = records
  if (head === undefined) return { rows: [], mistakes: [] }
  const columns = head.record.map(columnOf)
  const mistakes = judgeHead(head.record, columns, lineOf(head))
  const rows: ImportRow[] = []
  for (const found of body) {
    const line = lineOf(found)
    const cells = found.record.map(plainCell)
    const wrong = [
      ...cells.length > columns.length ? [`it has ${cells.length} cells, and there are ${columns.length} columns`] : [],
      ...cells.flatMap((cell, index) => { const because = cellMistake(cell); return because === null ? [] : [`${head.record[index] ?? `cell ${index + 1}`}: ${because}`] }),
    ]
    const parsed = wrong.length > 0 ? { mistakes: wrong } : parseCsvRow(new Map(columns.flatMap((column, index) => column === null || (cells[index] ?? '') === '' ? [] : [[column, cells[index]!] as const])), line)
    if ('row' in parsed) rows.push(parsed.row)
    else mistakes.push(...parsed.mistakes.map(because => importMistake(line, because)))
  }
  // A column that is not known may have held what every row lacks.
  return { rows: columns.includes(null) ? [] : rows, mistakes }
}

/** Whichever of comma, semicolon and tab the first line of content has most of. */
function delimiterOf(text: string): string {
  const head = text.split(/\r?\n/).find(line => line.trim() !== '' && !line.startsWith('#')) ?? ''
  const count = (mark: string) => head.split(mark).length
  return [',', ';', '\t'].toSorted((a, b) => count(b) - count(a))[0]!
}

// `lines` counts up to the record's end, and a quoted cell may have several.
function lineOf({ raw, info }: RawRecord): number {
  return info.lines - (raw.replace(/^(\r?\n)+/, '').trimEnd().match(/\n/g)?.length ?? 0)
}

function columnOf(title: string): ImportColumn | null {
  const name = plainCell(title)
  const [, key] = /^label[.:](.+)$/i.exec(name) ?? []
  if (key !== undefined) return `label.${key}`
  return importColumns.find(column => column === name.toLowerCase()) ?? null
}

function judgeHead(titles: readonly string[], columns: readonly (ImportColumn | null)[], line: number): Refusal[] {
  return titles.flatMap((title, index) => {
    const column = columns[index]
    if (column === null || column === undefined) return [importMistake(line, title === '' ? `column ${index + 1} has no title` : `there is no column ${JSON.stringify(title)}; did you mean ${closest(title.toLowerCase(), importColumns.toSorted((a, b) => b.length - a.length))}? Known are ${importColumns.join(', ')}, and label.KEY`)]
    return columns.indexOf(column) < index ? [importMistake(line, `the column ${title} is there twice`)] : []
  })
}
