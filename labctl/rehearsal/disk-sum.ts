import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { execa } from 'execa'

const blockBytes = 4096
const zeros = Buffer.alloc(blockBytes)

/** SHA-256 over the blocks of a raw image that hold anything, each with its place in the image. Holes are skipped (`qemu-img map` knows them), so an image of 32 GiB with 1 GiB in it takes a second. */
export async function sumDisk(path: string): Promise<string> {
  const { stdout } = await execa('qemu-img', ['map', '--force-share', '--output=json', '-f', 'raw', path], { stdin: 'ignore', timeout: 60_000 })
  const extents = (JSON.parse(stdout) as { start: number, length: number, data: boolean }[]).filter(extent => extent.data)
  const sum = createHash('sha256')
  const file = await open(path)
  const buffer = Buffer.alloc(4 * 1024 * 1024)
  try {
    for (const { start, length } of extents) {
      for (let at = start - start % blockBytes; at < start + length;) {
        const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, start + length - at), at)
        if (bytesRead === 0) break
        for (let block = 0; block < bytesRead; block += blockBytes) {
          const bytes = buffer.subarray(block, Math.min(block + blockBytes, bytesRead))
          if (!bytes.equals(zeros.subarray(0, bytes.length))) sum.update(`${at + block}:`).update(bytes)
        }
        at += bytesRead
      }
    }
  } finally {
    await file.close()
  }
  return sum.digest('hex')
}
