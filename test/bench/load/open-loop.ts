// The load generator, a process of its own: an open loop. A request that is due is sent, however many are unanswered; its latency counts from when it was due, so a server that stalls is not spared.
import { setTimeout as delay } from 'node:timers/promises'
import { Connections } from './connections.ts'
import { cpuMicrosecondsOf } from './cpu-of.ts'
import type { LoadJob, LoadResult } from './load-job.ts'
import { marks, nicsPerMachine, pathOf, type Kind } from './population.ts'

const job = JSON.parse(process.argv[2]!) as LoadJob
const patienceMs = 10_000
/** A timer comes up to this late; nearer than that it is waited for in a loop. */
const timerMs = 2

const kinds = Object.entries(job.mix).flatMap(([kind, { share }]) => Array.from({ length: Math.round(share * 100) }, () => kind as Kind))
// A fixed order in which each kind comes up all the time, not one after the other.
const order = kinds.map((kind, index) => ({ kind, at: (index * 61) % kinds.length })).toSorted((one, other) => one.at - other.at).map(({ kind }) => kind)
const turns = { known: 0, armed: 0, unknown: 0 }

function next(index: number): { kind: Kind, path: string } {
  const kind = order[index % order.length]!
  const turn = turns[kind]++
  if (kind === 'unknown') return { kind, path: pathOf(kind, job.firstUnknown + turn, 0) }
  const { machines } = job.mix[kind]!
  return { kind, path: pathOf(kind, turn % machines, Math.floor(turn / machines) % nicsPerMachine) }
}

const warmup = Math.round(job.perSecond * job.warmupSeconds)
const total = warmup + Math.round(job.perSecond * job.seconds)
const latencies = new Float64Array(total - warmup)
const lateness = new Float64Array(total - warmup)
const kindOf: Kind[] = []
const result: Pick<LoadResult, 'bodies' | 'firstFailure'> & { answered: number, failed: number } = { answered: 0, failed: 0, firstFailure: null, bodies: {} }
const connections = new Connections(job.port, !job.newConnection)
let open = 0
let cpuBefore = 0
let lastAnswer = 0

const startedAt = performance.now() + 50
const dueOf = (index: number): number => startedAt + index * 1000 / job.perSecond

function send(index: number): void {
  const due = dueOf(index)
  if (index === warmup) cpuBefore = cpuMicrosecondsOf(job.pid)
  const measured = index - warmup
  const { kind, path } = next(index)
  if (measured >= 0) {
    lateness[measured] = performance.now() - due
    kindOf[measured] = kind
  }
  open += 1
  connections.ask(path, (body, failure) => {
    open -= 1
    const wrong = failure ?? (body!.startsWith('#!ipxe') && body!.includes(marks[kind]) ? null : `not the answer for ${kind}: ${body!.slice(0, 120)}`)
    if (wrong !== null) result.firstFailure ??= wrong
    else result.bodies[kind] ??= body!
    if (measured < 0) return
    lastAnswer = performance.now()
    latencies[measured] = wrong === null ? lastAnswer - due : Infinity
    if (wrong === null) result.answered += 1
    else result.failed += 1
  })
}

let index = 0
while (index < total) {
  while (index < total && dueOf(index) <= performance.now()) send(index++)
  if (index < total) await (dueOf(index) - performance.now() > timerMs ? delay(dueOf(index) - performance.now() - timerMs + 0.5) : new Promise(resolve => { setImmediate(resolve) }))
}
const givenUpAt = performance.now() + patienceMs
while (performance.now() < givenUpAt) {
  if (open === 0) break
  await delay(1)
}
const cpuMicroseconds = cpuMicrosecondsOf(job.pid) - cpuBefore
for (const [at, value] of latencies.entries()) if (value === 0) latencies[at] = Infinity
connections.close()

const at = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
const byKind = Object.fromEntries(Object.keys(job.mix).map(kind => {
  const own = latencies.filter((_value, at) => kindOf[at] === kind).sort()
  return [kind, { p50: at(own, 0.5), p99: at(own, 0.99) }]
}))
const all = latencies.slice().sort()
console.log(JSON.stringify({
  ...result, asked: total - warmup, perSecond: result.answered / (lastAnswer - dueOf(warmup)) * 1000, byKind, cpuMicroseconds: cpuMicroseconds / Math.max(1, result.answered),
  p50: at(all, 0.5), p90: at(all, 0.9), p99: at(all, 0.99), worst: all.at(-1)!, lateMs: at(lateness.slice().sort(), 0.99),
} satisfies LoadResult))
process.exit()
