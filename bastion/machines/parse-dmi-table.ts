// The SMBIOS structures that hold what sysfs has no file for: memory modules, processor sockets, the BMC (DMTF DSP0134 3.7).
import type { Facts } from '../../protocol/facts.ts'
import { parseText } from './parse-values.ts'

/** One structure: its formatted area and its strings, counted from 1 as the table does. */
interface Structure { type: number, bytes: Buffer, strings: readonly Buffer[] }
type Module = Facts['memory']['modules'][number]

/** What the table tells; empty for a table that is missing or broken: reading stops where it makes no sense. */
export function parseDmiTable(table: Buffer | undefined): { modules: Module[], sockets: number, processor: string | null, bmc: boolean } {
  const structures = parseStructures(table ?? Buffer.alloc(0))
  const processors = structures.filter(({ type, bytes }) => type === 4 && bytes.length > 0x18 && (bytes[0x18]! & 0x40) !== 0)
  return {
    modules: structures.filter(({ type }) => type === 17).map(structure => parseModule(structure)).filter(module => module !== null),
    sockets: processors.length,
    processor: processors[0] === undefined ? null : textAt(processors[0], 0x10),
    bmc: structures.some(({ type }) => type === 38),
  }
}

// 7.18: size in MB, or in KB with bit 15; 0 is an empty slot, 0xffff unknown, 0x7fff "see the 32 bits at 0x1c", in MB.
function parseModule(structure: Structure): Module | null {
  const { bytes } = structure
  if (bytes.length < 0x15) return null
  const size = bytes.readUInt16LE(0x0c)
  if (size === 0 || size === 0xffff) return null
  const sizeBytes = size === 0x7fff && bytes.length >= 0x20 ? (bytes.readUInt32LE(0x1c) & 0x7fffffff) * 2 ** 20
    : (size & 0x8000) === 0 ? size * 2 ** 20 : (size & 0x7fff) * 1024
  const speed = bytes.length >= 0x17 ? bytes.readUInt16LE(0x15) : 0
  return {
    locator: textAt(structure, 0x10), sizeBytes, type: memoryTypes[bytes[0x12]!] ?? null, speedMtps: speed === 0 || speed === 0xffff ? null : speed,
    manufacturer: textAt(structure, 0x17), serial: textAt(structure, 0x18), partNumber: textAt(structure, 0x1a),
  }
}

// 7.18.2
const memoryTypes: Record<number, string> = { 0x12: 'DDR', 0x13: 'DDR2', 0x18: 'DDR3', 0x1a: 'DDR4', 0x1b: 'LPDDR', 0x1c: 'LPDDR2', 0x1d: 'LPDDR3', 0x1e: 'LPDDR4', 0x20: 'HBM', 0x21: 'HBM2', 0x22: 'DDR5', 0x23: 'LPDDR5' }

function textAt({ bytes, strings }: Structure, offset: number): string | null {
  const number = bytes.length > offset ? bytes[offset]! : 0
  return number === 0 ? null : parseText(strings[number - 1])
}

// 6.1.2 and 6.1.3: a four-byte header with the formatted area's length, then strings, each ended by NUL, the set by another.
function parseStructures(table: Buffer): Structure[] {
  const structures: Structure[] = []
  for (let at = 0; at + 4 <= table.length && structures.length < 4096;) {
    const type = table[at]!
    const length = table[at + 1]!
    if (length < 4 || at + length > table.length || type === 127) break
    const end = table.indexOf('\0\0', at + length, 'latin1')
    if (end === -1) break
    const strings: Buffer[] = []
    for (let from = at + length; from < end;) {
      const stop = table.indexOf(0, from)
      strings.push(table.subarray(from, stop))
      from = stop + 1
    }
    structures.push({ type, bytes: table.subarray(at, at + length), strings })
    at = end + 2
  }
  return structures
}
