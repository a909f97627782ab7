// Decides what a YAML or JSON file says of machines: a list, or a list under `machines`; each with its line.
import { isMap, isSeq, LineCounter, parseDocument, type YAMLSeq } from 'yaml'
import type { ImportRow } from '../../protocol/import.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { importMistake } from './parse-cell.ts'
import type { ParsedImport } from './parse-import-csv.ts'

/** See the file's first line. What an entry says is judged by the bastion. */
export function parseImportYaml(text: string): ParsedImport {
  const lines = new LineCounter()
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) return { rows: [], mistakes: document.errors.map(error => importMistake(lines.linePos(error.pos[0]).line, error.message.replace(/\.$/, ''))) }
  if (document.contents === null) return { rows: [], mistakes: [] }
  const list = isMap(document.contents) ? document.contents.get('machines', true) : document.contents
  const others = isMap(document.contents) ? document.contents.items.map(({ key }) => String(key)).filter(key => key !== 'machines') : []
  if (!isSeq(list) || others.length > 0) return { rows: [], mistakes: [importMistake(1, `wanted is a list of machines, or one under “machines”${others.length === 0 ? '' : `; there is ${others.join(', ')}`}`)] }
  return entriesOf(list, lines, document)
}

function entriesOf(list: YAMLSeq, lines: LineCounter, document: Parameters<YAMLSeq['toJS']>[0]): ParsedImport {
  const rows: ImportRow[] = []
  const mistakes: Refusal[] = []
  for (const item of list.items) {
    const offset = (item as { range?: [number, number, number] | null } | null)?.range?.[0]
    const line = offset === undefined ? 1 : lines.linePos(offset).line
    if (!isMap(item)) mistakes.push(importMistake(line, 'wanted is a machine: mac, uuid or serial, and name, role, labels, settings'))
    else rows.push({ ...item.toJS(document, { maxAliasCount: 100 }) as ImportRow, line })
  }
  return { rows, mistakes }
}
