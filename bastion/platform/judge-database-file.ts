// Decides from the head of the database's file whether this program can open it, before it is opened (sqlite.org/fileformat.html, 1.3).

const magic = Buffer.from('SQLite format 3\0')

/** `head`: its first 100 bytes; `none`: there is no file. `known`: the newest version that this program knows. */
export function judgeDatabaseFile(path: string, head: Buffer | 'none' | 'unreadable', known: number): { state: 'ok' | 'missing' | 'unknown', because: string, nextStep: string | null } {
  if (head === 'none') return { state: 'ok', because: 'none yet: the first start makes it', nextStep: null }
  if (head === 'unreadable') return { state: 'unknown', because: `${path} can’t be read by this user`, nextStep: 'sudo labctl doctor' }
  if (head.length === 0) return { state: 'ok', because: 'empty: the next start fills it', nextStep: null }
  if (head.length < 100 || !head.subarray(0, magic.length).equals(magic)) return { state: 'missing', because: `${path} is no SQLite database`, nextStep: `Restore a backup, or move it away: mv ${path} ${path}.broken` }
  const version = head.readUInt32BE(60)
  if (version > known) return { state: 'missing', because: `${path} was written by a newer labctl-bastion: it has version ${version}, and this one knows versions up to ${known}`, nextStep: 'Install the labctl-bastion that wrote it, or restore a backup made with this one.' }
  return { state: 'ok', because: `version ${version}${version < known ? `; the next start brings it to ${known}` : ''}`, nextStep: null }
}
