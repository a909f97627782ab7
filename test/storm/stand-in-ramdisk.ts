import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A RAM disk of which only the sizes mean anything: a kernel and an initrd of so many bytes, and the manifest. Gives its folder. */
export function standInRamdisk(folder: string, sizes: { vmlinuz: number, 'ramdisk.img': number }): string {
  mkdirSync(folder, { recursive: true })
  const files = Object.entries(sizes).map(([name, sizeBytes]) => ({ name, sizeBytes, sha256: '0'.repeat(64) }))
  for (const { name, sizeBytes } of files) writeFileSync(join(folder, name), Buffer.alloc(sizeBytes, name))
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: 1, name: 'ramdisk', recipe: 'x', kernel: '6.12.0-test', builtAt: 1, files }))
  return folder
}
