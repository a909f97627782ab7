const most = 256 * 1024
const least = 16 * 1024
const together = 16 * 2 ** 20

/** How large the buffer of one download may be while so many run: large ones spare CPU time, and a thousand slow machines must not cost a thousand of them. */
export function decideChunk(running: number): number {
  return Math.max(least, Math.min(most, 2 ** Math.floor(Math.log2(together / Math.max(1, running)))))
}
