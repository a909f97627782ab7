// What the cells of one row say: the network settings of one card, labels and the like, in the forms that the bastion takes.
import type { ImportRow } from '../../protocol/import.ts'
import type { LabelChanges } from '../../protocol/labels.ts'
import type { MachineSettings, NetworkSettings } from '../../protocol/machine-settings.ts'
import { parseLabelWords } from './parse-label-words.ts'
import type { ImportColumn } from './parse-import-csv.ts'

/** Cells by column, without the empty ones: those say nothing. */
export type Cells = ReadonlyMap<ImportColumn, string>

const words = (text: string): string[] => text.split(/[\s;,]+/).filter(word => word !== '')

/** The row, or why it can't be read. */
export function parseCsvRow(cells: Cells, line: number): { row: ImportRow } | { mistakes: string[] } {
  const said = parseLabelWords(words(cells.get('labels') ?? ''))
  const mistakes = said.mistakes.map(because => `labels: ${because}`)
  const labels: LabelChanges = said.labels
  for (const [column, value] of cells) {
    if (!column.startsWith('label.')) continue
    const key = column.slice('label.'.length)
    if (key in labels) mistakes.push(`${column}: the column labels says this label too`)
    labels[key] = value
  }
  const network = parseNetwork(cells, mistakes)
  const settings: MachineSettings = {
    ...network === null ? {} : { network },
    ...listOf(cells, 'dns', 'dns'), ...listOf(cells, 'search', 'searchDomains'), ...listOf(cells, 'ntp', 'ntp'),
    ...cells.has('timezone') ? { timezone: cells.get('timezone')! } : {}, ...cells.has('locale') ? { locale: cells.get('locale')! } : {},
  }
  if (mistakes.length > 0) return { mistakes }
  const named = Object.fromEntries((['mac', 'uuid', 'serial', 'name', 'role'] as const).flatMap(key => cells.has(key) ? [[key, cells.get(key)!]] : []))
  return { row: { line, ...named, ...Object.keys(labels).length === 0 ? {} : { labels }, ...Object.keys(settings).length === 0 ? {} : { settings } } }
}

function listOf(cells: Cells, column: ImportColumn, setting: 'dns' | 'searchDomains' | 'ntp'): MachineSettings {
  return cells.has(column) ? { [setting]: words(cells.get(column)!) } : {}
}

/** One card, or a VLAN on it, that has the addresses; null when no column says anything of them. */
function parseNetwork(cells: Cells, mistakes: string[]): NetworkSettings | null {
  const given = (['dhcp', 'address', 'gateway', 'gateway6', 'vlan'] as const).filter(column => cells.has(column))
  if (given.length === 0) return null
  const mac = cells.get('mac')
  if (mac === undefined) mistakes.push(`${given.join(', ')}: the addresses belong to a card, so its mac is wanted too`)
  const dhcp = cells.get('dhcp')?.toLowerCase()
  if (dhcp !== undefined && !['yes', 'true', '1', 'no', 'false', '0'].includes(dhcp)) mistakes.push(`dhcp: ${JSON.stringify(dhcp)} is neither yes nor no`)
  const vlan = cells.get('vlan')
  if (vlan !== undefined && !/^\d{1,4}$/.test(vlan)) mistakes.push(`vlan: ${JSON.stringify(vlan)} is not the number of a VLAN`)
  const addressing = {
    ...dhcp === undefined ? {} : { dhcp: ['yes', 'true', '1'].includes(dhcp) },
    ...cells.has('address') ? { addresses: words(cells.get('address')!) } : {},
    ...cells.has('gateway') ? { gateway: cells.get('gateway')! } : {}, ...cells.has('gateway6') ? { gateway6: cells.get('gateway6')! } : {},
  }
  if (mistakes.length > 0 || mac === undefined) return null
  return vlan === undefined ? { cards: [{ mac, ...addressing }] } : { cards: [{ mac }], vlans: [{ id: Number(vlan), on: mac, ...addressing }] }
}
