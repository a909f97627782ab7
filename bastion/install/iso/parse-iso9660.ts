// Reads the structures of an ISO 9660 image with Rock Ridge names, as the media of Fedora and the RHEL family are made: where a file's bytes lie in it, so that they can be given without mounting anything.
// ECMA-119 (8.4, 9.1), SUSP 1.12 and RRIP 1.12. Such media have a UDF face too; it shows the same bytes, and is not needed.

export const sectorBytes = 2048
/** Where the volume descriptors begin (ECMA-119 6.2.1). */
export const descriptorsAt = 16 * sectorBytes

/** An extent: bytes from a sector on. */
export interface IsoExtent { block: number, sizeBytes: number }
/** A record of a directory. `isoName`: as ISO 9660 has it; `systemUse`: what Rock Ridge says more. */
export interface IsoRecord extends IsoExtent { isoName: string, isFolder: boolean, goesOn: boolean, systemUse: Buffer }
/** What Rock Ridge says of a record. `movedTo`: block of a folder that lies too deep for ISO 9660; `more`: where it goes on. */
export interface RockRidge { name: string, isLink: boolean, isMoved: boolean, movedTo: number | null, more: { block: number, offset: number, length: number } | null, skip: number | null }

/** The volume's name, its root folder and its whole size, from the bytes of its descriptors; null where these are none. */
export function parseVolume(descriptors: Buffer): { name: string, root: IsoExtent, sizeBytes: number } | null {
  for (let at = 0; at + sectorBytes <= descriptors.length; at += sectorBytes) {
    const descriptor = descriptors.subarray(at, at + sectorBytes)
    if (descriptor.toString('latin1', 1, 6) !== 'CD001' || descriptor[0] === 255) return null
    if (descriptor[0] !== 1) continue
    if (descriptor.readUInt16LE(128) !== sectorBytes) return null
    const root = parseRecord(descriptor.subarray(156, 156 + 34))
    return root === null || !root.isFolder ? null : { name: descriptor.toString('latin1', 40, 72).trim(), root: { block: root.block, sizeBytes: root.sizeBytes }, sizeBytes: descriptor.readUInt32LE(80) * sectorBytes }
  }
  return null
}

/** All records of a directory's bytes. A record never crosses a sector; zeros fill it up (ECMA-119 6.8.1.1). */
export function parseRecords(directory: Buffer): IsoRecord[] {
  const records: IsoRecord[] = []
  for (let at = 0; at < directory.length;) {
    const length = directory[at]!
    if (length === 0) {
      at = (Math.floor(at / sectorBytes) + 1) * sectorBytes
      continue
    }
    const record = parseRecord(directory.subarray(at, at + length))
    if (record === null) throw new RangeError('A record of a directory is cut off.')
    records.push(record)
    at += length
  }
  return records
}

function parseRecord(bytes: Buffer): IsoRecord | null {
  const nameLength = bytes[32] ?? 0
  if (bytes.length < 34 || 33 + nameLength > bytes.length) return null
  // Interleaved files are of a time of slow drives; an extent may begin with attributes of its own.
  if (bytes[26] !== 0 || bytes[27] !== 0) return null
  const after = 33 + nameLength + (nameLength % 2 === 0 ? 1 : 0)
  return {
    block: bytes.readUInt32LE(2) + bytes[1]!, sizeBytes: bytes.readUInt32LE(10), isFolder: (bytes[25]! & 0x02) !== 0, goesOn: (bytes[25]! & 0x80) !== 0,
    isoName: bytes.toString('latin1', 33, 33 + nameLength), systemUse: bytes.subarray(Math.min(after, bytes.length)),
  }
}

/** What the entries of a system use area say; `before` is what an earlier area of the same record said. */
export function parseSystemUse(area: Buffer, before: RockRidge | null = null): RockRidge {
  const said: RockRidge = { ...before ?? { name: '', isLink: false, isMoved: false, movedTo: null, skip: null }, more: null }
  for (let at = 0; at + 4 <= area.length;) {
    const [signature, length] = [area.toString('latin1', at, at + 2), area[at + 2]!]
    if (length < 4 || at + length > area.length || signature === 'ST') break
    const entry = area.subarray(at, at + length)
    // Bits 1 and 2: the folder itself and the one above, which have no other name.
    if (signature === 'NM' && length >= 5 && (entry[4]! & 0x06) === 0) said.name += entry.toString('utf8', 5)
    else if (signature === 'SL') said.isLink = true
    else if (signature === 'RE') said.isMoved = true
    else if (signature === 'CL' && length >= 12) said.movedTo = entry.readUInt32LE(4)
    else if (signature === 'SP' && length >= 7 && entry[4] === 0xBE && entry[5] === 0xEF) said.skip = entry[6]!
    else if (signature === 'CE' && length >= 28) said.more = { block: entry.readUInt32LE(4), offset: entry.readUInt32LE(12), length: entry.readUInt32LE(20) }
    at += length
  }
  return said
}
