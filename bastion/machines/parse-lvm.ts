// Physical volumes, volume groups and logical volumes, from LVM's own metadata as `lvm fullreport --readonly` tells it.
import type { Facts, LogicalVolume, PhysicalVolume, VolumeGroup } from '../../protocol/facts.ts'
import { parseExits, parseVolumeSignatures } from './parse-signatures.ts'
import { parseJson, parseLines, parseList, parseText, parseWhole } from './parse-values.ts'

type Row = Record<string, unknown>

/** What LVM told, and what it complained of. A text when it told a name or size that LVM itself would never make. */
export function parseLvm(files: ReadonlyMap<string, Buffer>): Facts['lvm'] | string {
  const told = parseJson(files.get('lvm.json')) as { report?: unknown, log?: unknown } | null
  const lvm: Facts['lvm'] = { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: parseWarnings(files, told?.log) }
  const signatures = parseVolumeSignatures(files.get('lv-signatures'))
  for (const section of parseList(told?.report)) {
    const groups = parseList(section['vg']).filter(row => row['vg_name'] !== '')
    const segmentTypes = parseSegmentTypes(parseList(section['seg']))
    const volumes = parseList(section['lv']).filter(row => row['lv_name'] !== undefined && row['lv_name'] !== '')
    const parsedGroups = groups.map(row => parseGroup(row))
    const parsedPhysical = parseList(section['pv']).map(row => parsePhysical(row))
    const parsedVolumes = volumes.map(row => parseVolume(row, groups[0], segmentTypes.get(row['lv_uuid']), signatures))
    if ([...parsedGroups, ...parsedPhysical, ...parsedVolumes].includes(null)) return 'LVM’s report holds a name, UUID or size that LVM does not make'
    lvm.volumeGroups.push(...parsedGroups.filter(group => group !== null))
    lvm.physicalVolumes.push(...parsedPhysical.filter(volume => volume !== null))
    lvm.logicalVolumes.push(...parsedVolumes.filter(volume => volume !== null))
  }
  return lvm
}

// A volume may have segments of several types: then they all stand in it, and it is none that is known.
function parseSegmentTypes(rows: Row[]): ReadonlyMap<unknown, string> {
  const types = new Map<unknown, string>()
  for (const { lv_uuid: uuid, segtype } of rows) {
    const known = types.get(uuid)
    if (typeof segtype === 'string' && !known?.split('+').includes(segtype)) types.set(uuid, known === undefined ? segtype : `${known}+${segtype}`)
  }
  return types
}

function parsePhysical(row: Row): PhysicalVolume | null {
  const uuid = lvmUuid(row['pv_uuid'])
  const device = parseText(row['pv_name'])
  const sizeBytes = parseWhole(row['pv_size'])
  const attributes = String(row['pv_attr'] ?? '')
  if (uuid === null || device === null || sizeBytes === null) return null
  return {
    device, uuid, sizeBytes, group: parseText(row['vg_name']), freeBytes: parseWhole(row['pv_free']) ?? 0,
    missing: isSet(row['pv_missing']) || attributes[2] === 'm', duplicate: isSet(row['pv_duplicate']) || attributes.startsWith('d'),
  }
}

function parseGroup(row: Row): VolumeGroup | null {
  const name = lvmName(row['vg_name'])
  const uuid = lvmUuid(row['vg_uuid'])
  const [extentBytes, sizeBytes, freeBytes] = [parseWhole(row['vg_extent_size']), parseWhole(row['vg_size']), parseWhole(row['vg_free'])]
  if (name === null || uuid === null || extentBytes === null || sizeBytes === null || freeBytes === null) return null
  return {
    name, uuid, extentBytes, sizeBytes, freeBytes, systemId: parseText(row['vg_systemid']), tags: parseTags(row['vg_tags']),
    exported: isSet(row['vg_exported']), partial: isSet(row['vg_partial']) || (parseWhole(row['vg_missing_pv_count']) ?? 0) > 0,
  }
}

function parseVolume(row: Row, group: Row | undefined, segmentType: unknown, signatures: ReturnType<typeof parseVolumeSignatures>): LogicalVolume | null {
  const name = lvmName(row['lv_name'])
  const uuid = lvmUuid(row['lv_uuid'])
  const sizeBytes = parseWhole(row['lv_size'])
  const groupName = lvmName(row['vg_name'] ?? group?.['vg_name'])
  const groupUuid = lvmUuid(group?.['vg_uuid'])
  const attributes = parseText(row['lv_attr'], 16) ?? ''
  if (name === null || uuid === null || sizeBytes === null || groupName === null || groupUuid === null) return null
  return {
    group: groupName, groupUuid, name, uuid, sizeBytes, attributes,
    // A thick snapshot's own segment is linear: what lies there is its store of changes, not a file system.
    segmentType: /^s/i.test(attributes) ? 'snapshot' : parseText(segmentType, 200) ?? parseText(row['lv_layout'], 64) ?? 'unknown',
    origin: parseText(row['origin']), pool: parseText(row['pool_lv']), tags: parseTags(row['lv_tags']),
    signature: signatures.get(uuid) ?? null,
  }
}

function parseWarnings(files: ReadonlyMap<string, Buffer>, log: unknown): string[] {
  const exit = parseExits(files).get('lvm')
  const bytes = files.get('lvm.json')
  const broken = bytes !== undefined && bytes.length > 0 && parseJson(bytes) === null ? ['LVM’s report is not JSON'] : []
  const own = exit === undefined ? ['LVM was not asked'] : exit.startsWith('0 ') ? broken : [exit === 'late' ? 'LVM did not answer in time' : `LVM ended with exit code ${exit.split(' ')[0]}`]
  const told = parseList(log).filter(row => row['log_type'] === 'error' || row['log_type'] === 'warn').map(row => parseText(row['log_message'], 300))
  const printed = parseLines(files.get('lvm.err')).map(line => parseText(line, 300))
  return [...new Set([...own, ...told, ...printed].filter(line => line !== null))].slice(0, 50)
}

// lvm(8), VALID NAMES.
const lvmName = (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$/.test(value) ? value : null
const lvmUuid = (value: unknown) => typeof value === 'string' && /^[A-Za-z0-9]{6}(-[A-Za-z0-9]{4}){5}-[A-Za-z0-9]{6}$/.test(value) ? value : null
// The newer JSON form (json_std) has lists where the older has commas.
const parseTags = (value: unknown) => (typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : []).filter((tag): tag is string => typeof tag === 'string' && /^[A-Za-z0-9_+.\-/=!:&#]{1,1024}$/.test(tag))
// The binary columns are words ("exported"), or "1" where LVM is configured so.
const isSet = (value: unknown) => typeof value === 'string' ? value !== '' && value !== '0' : parseWhole(value) === 1
