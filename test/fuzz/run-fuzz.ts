// Runs so many inputs of each kind, and keeps what does not hold.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from './random.ts'
import type { FuzzKind } from './parser-kinds.ts'

/** An input that broke something, and where it was kept. */
export interface Finding { kind: string, index: number, because: string, file: string }
export interface FuzzRun { counts: Record<string, number>, seconds: Record<string, number>, findings: Finding[], mostResidentBytes: number }

const mostFindings = 20
/** Longest that one input may take: far more than any needs, far less than a hang. */
const mostMs = 30_000

/** Every kind gets its share of `inputs`. The inputs of a kind depend on the seed alone. Stops after twenty findings. */
export async function runFuzz(kinds: readonly FuzzKind[], options: { seed: number, inputs: number, keepIn: string, tell?: (text: string) => void }): Promise<FuzzRun> {
  const weights = kinds.reduce((sum, kind) => sum + kind.weight, 0)
  const run: FuzzRun = { counts: {}, seconds: {}, findings: [], mostResidentBytes: 0 }
  for (const [order, kind] of kinds.entries()) {
    const random = new Random(options.seed + order * 7919)
    const count = Math.ceil(options.inputs * kind.weight / weights)
    const began = performance.now()
    let done = 0
    for (; done < count && run.findings.length < mostFindings; done += 1) {
      const input = kind.make(random)
      try { await inTime(kind.check(input)) } catch (error) {
        mkdirSync(options.keepIn, { recursive: true })
        const file = join(options.keepIn, `${kind.name}-${options.seed}-${done}`)
        writeFileSync(file, input)
        run.findings.push({ kind: kind.name, index: done, because: String(error instanceof Error ? error.stack : error).slice(0, 600), file })
      }
      if (done % 1000 === 0) run.mostResidentBytes = Math.max(run.mostResidentBytes, process.memoryUsage.rss())
      if (done % 5000 === 0) await new Promise(resolve => { setImmediate(resolve) })
    }
    run.counts[kind.name] = done
    run.seconds[kind.name] = (performance.now() - began) / 1000
    options.tell?.(`${kind.name}: ${done} inputs in ${run.seconds[kind.name]!.toFixed(1)} s`)
  }
  return run
}

async function inTime(work: void | Promise<void>): Promise<void> {
  if (work === undefined) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => { timer = setTimeout(() => { reject(new Error(`not answered within ${mostMs / 1000} s`)) }, mostMs) })
  try { await Promise.race([work, late]) } finally { clearTimeout(timer) }
}
