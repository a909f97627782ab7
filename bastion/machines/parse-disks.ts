// Disks and partitions, from lsblk, udev's by-id names and wipefs.
import type { Disk, Partition } from '../../protocol/facts.ts'
import { parseExits, parseSignature, parseWipefs, type FoundOnDisk } from './parse-signatures.ts'
import { parseFlag, parseJson, parseLines, parseList, parseText, parseWhole } from './parse-values.ts'

const notDisks = /^(loop|ram|zram|sr|fd|dm-|md)\d|^mmcblk\d+(boot\d|rpmb)/

/** The disks of a report, in lsblk's order: whole disks with a medium; no optical drives, loops, RAM, or eMMC boot areas. A text says why they can't be known: then nothing may be installed. */
export function parseDisks(files: ReadonlyMap<string, Buffer>): Disk[] | string {
  const exits = parseExits(files)
  // The plain list is taken when the full one had to ask a disk that does not answer; it lacks what stands on the disks.
  const from = ['lsblk.json', 'lsblk-plain.json'].find(name => exits.get(name)?.startsWith('0 ') === true)
  if (from === undefined) return `lsblk did not list them (${exits.get('lsblk.json') ?? 'it was not run'})`
  const bytes = files.get(from)
  const listed = parseJson(bytes)
  if (listed === null && bytes !== undefined && bytes.length > 0) return `${from} is not JSON`
  const byId = parseById(files.get('by-id'))
  const disks: Disk[] = []
  for (const entry of parseList((listed as { blockdevices?: unknown } | null)?.blockdevices)) {
    const name = parseText(entry['kname'] ?? entry['name'], 64)
    const sizeBytes = parseWhole(entry['size'])
    if (name === null || entry['type'] !== 'disk' || notDisks.test(name) || sizeBytes === null || sizeBytes <= 0) continue
    const found = parseWipefs(files, exits, name)
    const partitions = parseList(entry['children']).filter(child => child['type'] === 'part').map(child => parsePartition(child, found))
    const wrong = partitions.find(partition => partition === null)
    if (wrong === null) return `a partition of ${name} came without its number, start or size`
    disks.push(parseDisk(entry, name, sizeBytes, byId.get(name) ?? [], found, partitions.filter(partition => partition !== null)))
  }
  return disks
}

function parseDisk(entry: Record<string, unknown>, name: string, sizeBytes: number, byId: string[], found: FoundOnDisk, partitions: Partition[]): Disk {
  const tables = found?.get(name)?.tables ?? []
  // blkid takes the copy for the table; the kernel doesn't, and shows no partitions.
  const table = tables.includes('gpt-copy') && !tables.includes('gpt') ? 'gpt-damaged' : parseText(entry['pttype'], 32) ?? tables[0] ?? null
  const logicalSectorBytes = parseWhole(entry['log-sec']) ?? 512
  return {
    name, byId, sizeBytes, logicalSectorBytes, partitions,
    model: parseText(entry['model']), vendor: parseText(entry['vendor']), serial: parseText(entry['serial']), wwn: parseText(entry['wwn']),
    rotational: parseFlag(entry['rota']), removable: parseFlag(entry['rm']), readOnly: parseFlag(entry['ro']),
    physicalSectorBytes: parseWhole(entry['phy-sec']) ?? logicalSectorBytes,
    transport: parseText(entry['tran'], 32),
    table: table === null ? null : { type: table, uuid: parseText(entry['ptuuid']) },
    signature: parseSignature(entry, name, found),
  }
}

function parsePartition(entry: Record<string, unknown>, found: FoundOnDisk): Partition | null {
  const name = parseText(entry['kname'] ?? entry['name'], 64)
  const number = parseWhole(entry['partn']) ?? parseWhole(/\d+$/.exec(name ?? '')?.[0])
  const start = parseWhole(entry['start'])
  const sizeBytes = parseWhole(entry['size'])
  if (name === null || number === null || start === null || sizeBytes === null) return null
  return {
    // START is the kernel's: always in units of 512 bytes, whatever the disk's sectors are (Documentation/ABI/stable/sysfs-block).
    name, number, startBytes: start * 512, sizeBytes,
    typeGuid: parseText(entry['parttype'])?.toLowerCase() ?? null, partUuid: parseText(entry['partuuid']), label: parseText(entry['partlabel']),
    signature: parseSignature(entry, name, found),
  }
}

// Names that udev would never make are left out: they end up in paths.
function parseById(bytes: Buffer | undefined): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const line of parseLines(bytes)) {
    const [, id, target] = /\s([A-Za-z0-9#+.:=@_\\-]{1,200}) -> (?:\.\.\/)*([A-Za-z0-9!._-]{1,64})$/.exec(line) ?? []
    if (id !== undefined && target !== undefined) {
      const known = names.get(target)
      if (known === undefined) names.set(target, [id])
      else known.push(id)
    }
  }
  return names
}
