import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'

/** Writes files, path to content, as a tar archive owned by root: 0755 for what begins with `#!`, 0644 for the rest, whatever the modes in the source tree are. */
export async function packTree(files: Readonly<Record<string, string | Buffer>>, tar: string): Promise<void> {
  const archive = pack()
  const folders = new Set<string>()
  for (const path of Object.keys(files)) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(parts.slice(0, depth).join('/'))
  }
  for (const name of [...folders].toSorted()) archive.entry({ name: `${name}/`, type: 'directory', mode: 0o755 })
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: Buffer.from(content).subarray(0, 2).equals(Buffer.from('#!')) ? 0o755 : 0o644 }, content)
  archive.finalize()
  await pipeline(archive, createWriteStream(tar))
}
