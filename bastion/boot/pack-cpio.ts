/** One file of an archive: a path without `..`, its content and permission bits. `intoFolder`: only into a folder that is there already, which may be reached through a symbolic link; the archive has no entry for it, and Linux leaves the file out where there is none. */
export interface CpioFile { path: string, content: Buffer, mode: number, intoFolder?: true }

/** A cpio archive in the `newc` format that Linux unpacks as an initrd (Documentation/driver-api/early-userspace/buffer-format.rst), owned by root, with the folders it needs, padded to 512 bytes. Refuses paths that are absolute, empty, or hold `.`, `..` or control characters. */
export function packCpio(files: readonly CpioFile[]): Buffer {
  const folders = new Set<string>()
  for (const { path, intoFolder } of files) {
    // oxlint-disable-next-line no-control-regex -- control characters are what is refused
    if (path.split('/').some(part => part === '' || part === '.' || part === '..') || /[\u0000-\u001f\u007f]/.test(path)) throw new TypeError(`Not a path for an archive: ${JSON.stringify(path)}.`)
    if (intoFolder === true) continue
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(parts.slice(0, depth).join('/'))
  }
  const entries = [
    ...[...folders].toSorted().map(path => entry(path, Buffer.alloc(0), 0o040755)),
    ...files.map(file => entry(file.path, file.content, 0o100000 | file.mode)),
  ]
  const archive = Buffer.concat([...entries.map((make, index) => make(index + 1)), entry('TRAILER!!!', Buffer.alloc(0), 0)(0)])
  return Buffer.concat([archive, Buffer.alloc((512 - archive.length % 512) % 512)])
}

function entry(path: string, content: Buffer, mode: number): (inode: number) => Buffer {
  return inode => {
    const name = Buffer.from(`${path}\0`)
    const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0]
    const header = Buffer.from(`070701${fields.map(field => field.toString(16).toUpperCase().padStart(8, '0')).join('')}`)
    return Buffer.concat([padded(Buffer.concat([header, name])), padded(content)])
  }
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - bytes.length % 4) % 4)])
}
