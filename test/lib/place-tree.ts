import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { treeFilePath, treeinfoPath } from '../../bastion/install/add-tree.ts'
import type { Tree } from '../../protocol/tree-sources.ts'

const fixture = readFileSync(new URL('../fixtures/treeinfo/fedora-43-server', import.meta.url))
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** Puts an installation tree into the folder of operating systems, as if it had been fetched: for a bastion that reaches no mirror. `contents`: of kernel, initrd and installer; random bytes where they are left out. */
export function placeTree(osFolder: string, name: string, contents: Partial<Record<'kernel' | 'initrd' | 'stage2', Buffer>> = {}): Tree {
  const folder = join(osFolder, name)
  const url = `https://mirror.invalid/${name}/os/`
  const bytes = { kernel: contents.kernel ?? randomBytes(1000), initrd: contents.initrd ?? randomBytes(1000), stage2: contents.stage2 ?? randomBytes(1000) }
  const file = (what: keyof typeof bytes, path: string) => ({ path, sizeBytes: bytes[what].length, sha256: sha256(bytes[what]) })
  const tree: Tree = {
    version: 1, name, url, family: 'Fedora', release: '43', kickstart: 'F43', architecture: 'x86_64', treeinfoSha256: sha256(fixture), treeinfoBytes: fixture.length,
    kernel: file('kernel', 'images/pxeboot/vmlinuz'), initrd: file('initrd', 'images/pxeboot/initrd.img'), stage2: file('stage2', 'images/install.img'), repositories: [{ id: 'Server', url }], addedAt: 1,
  }
  const put = (path: string, content: Buffer | string) => { mkdirSync(dirname(path), { recursive: true }); writeFileSync(path, content) }
  put(treeinfoPath(folder, tree), fixture)
  for (const what of ['kernel', 'initrd', 'stage2'] as const) put(treeFilePath(folder, tree, tree[what]), bytes[what])
  put(join(folder, 'tree-request.json'), JSON.stringify({ url, sha256: null }))
  put(join(folder, 'tree.json'), JSON.stringify(tree))
  return tree
}
