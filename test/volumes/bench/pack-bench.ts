// The bench's initrd: the real RAM disk, User-Mode Linux's modules, and the lab's own few files.
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { packCpio, type CpioFile } from '../../../bastion/boot/pack-cpio.ts'
import { umlTree } from '../../../labctl/rehearsal/uml/uml-tree.ts'
import { projectFolder } from '../../house/list-sources.ts'

const here = new URL('./', import.meta.url).pathname

/** Writes the initrd to `path`. `exchange`: the host's folder through which the bench is told what to do. */
export function packBench(path: string, exchange: string): void {
  const tree = umlTree(process.env)
  const own = (name: string, at: string, mode: number): CpioFile => ({ path: at, content: readFileSync(`${here}${name}`), mode })
  const lab = packCpio([
    own('init.sh', 'lab/init', 0o755), own('disks.sh', 'lab/disks.sh', 0o644), own('machine.sh', 'lab/machine.sh', 0o644), own('look.sh', 'lab/look.sh', 0o644), own('scene.sh', 'lab/scene.sh', 0o644), own('hooked', 'lab/hook-program', 0o755),
    own('60-lab.rules', 'lab/60-lab.rules', 0o644), own('describe-disk', 'lab/describe-disk', 0o755),
    ...readdirSync(`${here}shims`).toSorted().map(name => own(`shims/${name}`, `lab/shims/${name}`, 0o755)),
    { path: 'lab/prepare.sh', content: readFileSync(`${projectFolder}templates/overlay/prepare.sh`), mode: 0o644 },
    { path: 'lab/exchange-folder', content: Buffer.from(`${exchange}\n`), mode: 0o644 },
  ])
  mkdirSync(dirname(path), { recursive: true })
  const out = openSync(path, 'w', 0o600)
  try {
    // Each archive padded to 4 bytes (Documentation/driver-api/early-userspace/buffer-format).
    for (const bytes of [readFileSync(tree.ramdisk()), readFileSync(tree.modules), lab]) {
      writeSync(out, bytes)
      writeSync(out, Buffer.alloc(-bytes.length & 3))
    }
  } finally {
    closeSync(out)
  }
}

/** Names the state of what the initrd is made of: made again when it changes. */
export function benchRecipe(): string {
  const tree = umlTree(process.env)
  return [tree.ramdisk(), tree.modules].map(path => `${path} ${statSync(path).mtimeMs} ${statSync(path).size}`).join('\n')
}
