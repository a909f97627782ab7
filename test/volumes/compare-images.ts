// Which bytes of an image changed, sector by sector; holes are skipped, so that sparse gigabytes take a moment.
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'

const block = 512
const piece = 1 << 20

/** A range of bytes; `to` is the first byte behind it. */
export interface Range { from: number, to: number }

/** The ranges, in blocks of 512 bytes, in which two images of one size differ. */
export function compareImages(before: string, after: string): Range[] {
  const changed: Range[] = []
  const files = [openSync(before, 'r'), openSync(after, 'r')] as const
  const buffers = [Buffer.alloc(piece), Buffer.alloc(piece)] as const
  try {
    for (const { from, to } of united([...dataOf(before), ...dataOf(after)])) {
      for (let at = from; at < to; at += piece) {
        const length = Math.min(piece, to - at)
        const [one, other] = files.map((file, index) => {
          const read = readSync(file, buffers[index]!, 0, length, at)
          return buffers[index]!.fill(0, read, length).subarray(0, length)
        }) as [Buffer, Buffer]
        if (one.equals(other)) continue
        for (let inside = 0; inside < length; inside += block) {
          if (!one.subarray(inside, inside + block).equals(other.subarray(inside, inside + block))) add(changed, at + inside, Math.min(at + inside + block, to))
        }
      }
    }
  } finally {
    for (const file of files) closeSync(file)
  }
  return changed
}

function add(ranges: Range[], from: number, to: number): void {
  const last = ranges.at(-1)
  if (last !== undefined && last.to === from) last.to = to
  else ranges.push({ from, to })
}

function dataOf(path: string): Range[] {
  const map = JSON.parse(execFileSync('qemu-img', ['map', '--force-share', '--output=json', '-f', 'raw', path], { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 })) as { start: number, length: number, data: boolean, zero: boolean }[]
  return map.filter(extent => extent.data && !extent.zero).map(({ start, length }) => ({ from: start - start % block, to: start + length }))
}

/** Ranges in order, without overlaps. */
export function united(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to)
    else merged.push({ ...range })
  }
  return merged
}
