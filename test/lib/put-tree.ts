// An installation tree of Fedora 43 as a mirror has it, with files of random bytes.
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { FaultyMirror } from './faulty-mirror.ts'

const template = readFileSync(new URL('../fixtures/treeinfo/fedora-43-server', import.meta.url), 'utf8')
const sizes = { 'images/pxeboot/vmlinuz': 70_000, 'images/pxeboot/initrd.img': 300_000, 'images/install.img': 900_000, 'repodata/repomd.xml': 3000 } as const

/** Puts it below `root` on the mirror; gives its .treeinfo and its files by path. */
export function putTree(mirror: FaultyMirror, root: string): { treeinfo: Buffer, files: Record<string, Buffer> } {
  const files = Object.fromEntries(Object.entries(sizes).map(([path, size]) => [path, randomBytes(size)]))
  let text = template
  for (const [path, content] of Object.entries(files)) {
    text = text.replace(new RegExp(`^${path} = sha256:.*$`, 'm'), `${path} = sha256:${createHash('sha256').update(content).digest('hex')}`)
    mirror.files.set(`${root}/${path}`, content)
  }
  const treeinfo = Buffer.from(text)
  mirror.files.set(`${root}/.treeinfo`, treeinfo)
  return { treeinfo, files }
}
