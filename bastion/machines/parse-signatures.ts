// What the bytes of each block device say they are, put together from what udev's blkid and wipefs saw. When in doubt: something is there.
import type { Signature } from '../../protocol/facts.ts'
import { parseJson, parseLines, parseList, parseText } from './parse-values.ts'

const tableTypes = new Set(['gpt', 'PMBR', 'dos', 'mac', 'sun', 'sgi', 'bsd', 'atari', 'aix', 'solaris-x86', 'unixware'])

/** A GPT's first header lies in the second sector (UEFI 2.10, section 5.3.2); its copy lies at the disk's end. */
const lastPrimary = 4096

/** What wipefs(8) found on one disk and its partitions. */
export interface Found { tables: readonly string[], signatures: readonly Signature[] }
/** By kernel name; a name that is missing holds nothing. Null for a disk that could not be read to its end. */
export type FoundOnDisk = ReadonlyMap<string, Found> | null

/** What wipefs listed for the disk `name`; null when it failed, was late or was never asked, as the `exits` file tells. */
export function parseWipefs(files: ReadonlyMap<string, Buffer>, exits: ReadonlyMap<string, string>, name: string): FoundOnDisk {
  if (exits.get(`signatures+${name}`)?.startsWith('0 ') !== true) return null
  const bytes = files.get(`signatures/${name}`)
  const listed = parseJson(bytes)
  if (listed === null && (bytes ?? '').toString().trim() !== '') return null
  const found = new Map<string, { tables: string[], signatures: Signature[] }>()
  for (const entry of parseList((listed as { signatures?: unknown } | null)?.signatures)) {
    const device = parseText(entry['device'])?.replace(/^\/dev\//, '')
    const type = parseText(entry['type'], 64)
    if (device === undefined || type === null) continue
    const at = found.get(device) ?? { tables: [], signatures: [] }
    found.set(device, at)
    if (tableTypes.has(type)) at.tables.push(type === 'gpt' && !(Number(entry['offset']) <= lastPrimary) ? 'gpt-copy' : type)
    else if (!at.signatures.some(known => known.type === type)) at.signatures.push({ type, uuid: parseText(entry['uuid']), label: parseText(entry['label']) })
  }
  return found
}

/** The one signature for a device: what blkid named; else what wipefs found, several types joined by `+`; else, when the disk could not be read, `unreadable`; else none. */
export function parseSignature(lsblk: Record<string, unknown>, name: string, found: FoundOnDisk): Signature | null {
  const type = parseText(lsblk['fstype'], 64)
  if (type !== null) return { type, uuid: parseText(lsblk['uuid']), label: parseText(lsblk['label']) }
  if (found === null) return { type: 'unreadable', uuid: null, label: null }
  const seen = found.get(name)?.signatures ?? []
  if (seen.length <= 1) return seen[0] ?? null
  return { type: seen.map(signature => signature.type).join('+'), uuid: null, label: null }
}

/** What `blkid -p -O` said of each linear volume, by LVM's UUID: a signature, null for "nothing is there", or `unreadable`. */
export function parseVolumeSignatures(bytes: Buffer | undefined): ReadonlyMap<string, Signature | null> {
  const found = new Map<string, Signature | null>()
  let uuid: string | null = null
  let said: Record<string, string> = {}
  for (const line of parseLines(bytes)) {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? []
    if (key === 'LV') { uuid = value!; said = {} }
    else if (key === 'RC') { if (uuid !== null) found.set(uuid, volumeSignature(said, value!)); uuid = null }
    else if (key !== undefined) said[key] = value!.replaceAll(/\\(.)/g, '$1')
  }
  if (uuid !== null) found.set(uuid, { type: 'unreadable', uuid: null, label: null })
  return found
}

// Exit codes of blkid(8) with -p: 0 something was told, 2 nothing found, 8 contradicting signatures.
function volumeSignature(said: Record<string, string>, code: string): Signature | null {
  const type = parseText(said['TYPE'] ?? said['PTTYPE'], 64)
  if (type !== null) return { type, uuid: parseText(said['UUID']), label: parseText(said['LABEL']) }
  if (code === '0' || code === '2') return null
  return { type: code === '8' ? 'ambivalent' : 'unreadable', uuid: null, label: null }
}

/** How each gathered command ended, by its name: exit code, start, end; or `late`. */
export function parseExits(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  return new Map(parseLines(files.get('exits')).map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)]))
}
