// The LVM tag that says: we made this volume, for this machine, to be mounted there.

/** The second tag of a volume, from the moment its file system was made; taken off before it is made anew. */
export const readyTag = 'labctl.ready'
/** The tag of a group from the end of an attempt; taken off before the first write of the next. */
export const installedTag = 'labctl.installed'

/** `labctl.<internal id>.<mount>`; in the mount `/` is `_`, and what is neither letter, digit, dot nor dash is `+HH` per UTF-8 byte. Only characters that LVM allows in tags (lvm(8)). */
export function volumeTag(machineId: string, mount: string): string {
  const encoded = [...Buffer.from(mount)].map(byte => {
    const char = String.fromCharCode(byte)
    if (char === '/') return '_'
    return /[A-Za-z0-9.-]/.test(char) ? char : `+${byte.toString(16).toUpperCase().padStart(2, '0')}`
  })
  return `labctl.${machineId}.${encoded.join('')}`
}

/** The machine and mount of one of our tags; null for any other tag. */
export function parseVolumeTag(tag: string): { machineId: string, mount: string } | null {
  const match = /^labctl\.([^.]+)\.(.+)$/.exec(tag)
  if (match === null || !/^([A-Za-z0-9._-]|\+[0-9A-F]{2})+$/.test(match[2]!)) return null
  const percent = match[2]!.replaceAll('_', '/').replaceAll(/\+([0-9A-F]{2})/g, '%$1')
  try {
    return { machineId: match[1]!, mount: decodeURIComponent(percent) }
  } catch {
    return null
  }
}
