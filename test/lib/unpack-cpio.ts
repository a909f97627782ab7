/** A file of a newc archive. */
export interface UnpackedFile { path: string, mode: number, content: Buffer }

/** The entries of a newc archive (cpio(5)), folders too, in their order. */
export function unpackCpio(archive: Buffer): UnpackedFile[] {
  const files: UnpackedFile[] = []
  const field = (at: number, index: number) => Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16)
  const padded = (bytes: number) => Math.ceil(bytes / 4) * 4
  for (let at = 0; at < archive.length;) {
    const [mode, size, nameLength] = [field(at, 1), field(at, 6), field(at, 11)]
    const path = archive.toString('utf8', at + 110, at + 110 + nameLength - 1)
    const from = at + padded(110 + nameLength)
    if (path === 'TRAILER!!!') break
    files.push({ path, mode, content: archive.subarray(from, from + size) })
    at = from + padded(size)
  }
  return files
}
