// Decides whether rows of an import are right by themselves, for the operator who sent them: every mistake at once, each with its place.
import { closest } from 'fastest-levenshtein'
import { Value } from 'typebox/value'
import { ImportRowSchema, mostImported, type ImportRow } from '../../../protocol/import.ts'
import { judgeLabels, type LabelChanges } from '../../../protocol/labels.ts'
import type { MachineSettings } from '../../../protocol/machine-settings.ts'
import { parseMachineName, parseMac, parseUuid } from '../../../protocol/names.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import { isJunk } from '../../machines/junk-identities.ts'
import { judgeSettings } from '../../platform/judge-settings.ts'

/** A row in the forms that the bastion uses. `at`: its place, for messages. */
export interface WantedRow {
  at: string
  line: number | null
  mac: string | null
  uuid: string | null
  serial: string | null
  name: string | null
  role: string | null
  labels: LabelChanges
  settings: MachineSettings
}

// The longer ones first: of two that are as near, the longer one was meant.
const keys = Object.keys(ImportRowSchema.properties).toSorted((a, b) => b.length - a.length)

/** The rows that can be looked at further, and all that is wrong with them and with the others. `roles`: those that have a layout. */
export function judgeImportRows(rows: readonly unknown[], roles: readonly string[]): { rows: WantedRow[], refusals: Refusal[] } {
  if (rows.length > mostImported) return { rows: [], refusals: [mistake('import-too-many', `The import has ${rows.length} machines, and at most ${mostImported} are taken at once.`, 'Import it in parts.')] }
  const parsed: WantedRow[] = []
  const refusals: Refusal[] = []
  for (const [index, row] of rows.entries()) {
    const formed = Value.Check(ImportRowSchema, row)
    const at = placeOf(row, index)
    const wrong = formed ? judgeRow(row, roles) : judgeForm(row)
    refusals.push(...wrong.map(because => mistake('import-row', `${at}: ${because}.`)))
    if (formed) parsed.push(parseRow(row, at))
  }
  return { rows: parsed, refusals: [...refusals, ...judgeTwice(parsed)] }
}

/** A refusal of a row; where no next step is given, the whole import's counts. */
export function mistake(code: string, because: string, nextStep = ''): Refusal {
  return { code, because, nextStep }
}

function parseRow({ line, mac, uuid, serial, name, role, labels, settings }: ImportRow, at: string): WantedRow {
  return { at, line: line ?? null, mac: mac === undefined ? null : parseMac(mac), uuid: uuid === undefined ? null : parseUuid(uuid), serial: serial?.trim() ?? null, name: name ?? null, role: role ?? null, labels: labels ?? {}, settings: settings ?? {} }
}

function judgeRow({ mac, uuid, serial, name, role, labels, settings }: ImportRow, roles: readonly string[]): string[] {
  return [
    ...mac === undefined && uuid === undefined && serial === undefined ? ['which machine is meant is not said: wanted is a mac, uuid or serial'] : [],
    ...mac !== undefined && parseMac(mac) === null ? [`mac: ${JSON.stringify(mac)} is not the MAC address of a card; wanted are twelve hexadecimal digits, as in 52:54:00:12:34:56`] : [],
    ...uuid !== undefined && parseUuid(uuid) === null ? [`uuid: ${JSON.stringify(uuid)} is not a UUID`] : [],
    ...([['uuid', uuid], ['serial', serial]] as const).flatMap(([key, value]) => value !== undefined && isJunk(value) ? [`${key}: ${JSON.stringify(value)} is what many machines have, and tells none from another; leave it out`] : []),
    ...serial !== undefined && /\p{Cc}/u.test(serial) ? ['serial: it holds control characters'] : [],
    ...name !== undefined && parseMachineName(name) === null ? [`name: ${JSON.stringify(name)} is not a machine name: one DNS label is wanted, of lower-case letters, digits and inner dashes (RFC 1123)`] : [],
    ...role !== undefined && !roles.includes(role) ? [`role: there is no layout for the role ${JSON.stringify(role)}; there are ${roles.join(', ')}`] : [],
    ...judgeLabels(labels ?? {}).map(because => `labels: ${because}`),
    ...judgeSettings(settings ?? {}).map(because => `settings.${because}`),
  ]
}

function judgeForm(row: unknown): string[] {
  return [...new Set(Value.Errors(ImportRowSchema, row).filter(({ keyword }) => keyword !== 'boolean').map(({ instancePath, message, params }) => {
    const { additionalProperties } = params as { additionalProperties?: readonly string[] }
    const place = instancePath.slice(1).replaceAll('/', '.')
    if (additionalProperties !== undefined) return additionalProperties.map(key => `${place === '' ? '' : `${place}: `}${JSON.stringify(key)} is not known${place === '' ? `; did you mean ${closest(key, keys)}?` : ''}`).join('; ')
    return `${place === '' ? 'the row' : place} ${message}`
  }))]
}

function placeOf(row: unknown, index: number): string {
  const line = (row as { line?: unknown } | null)?.line
  return typeof line === 'number' ? `line ${line}` : `row ${index + 1}`
}

/** A refusal for everything that an earlier row said already: a machine, or a name for another one. */
function judgeTwice(rows: readonly WantedRow[]): Refusal[] {
  const before = new Map<string, string>()
  return rows.flatMap(row => (['mac', 'uuid', 'serial', 'name'] as const).flatMap(key => {
    if (row[key] === null) return []
    const mark = `${key} ${row[key].toLowerCase()}`
    const first = before.get(mark)
    before.set(mark, first ?? row.at)
    return first === undefined ? [] : [mistake('import-twice', `${row.at}: ${key}: ${row[key]} stands at ${first} already.`)]
  }))
}
