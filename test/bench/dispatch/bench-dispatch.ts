// /dispatch under load, against a bastion in a process of its own, and what a bare route of Fastify costs in the same run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '../../lib/loopback-bastion.ts'
import { ended, startBenchBastion, type BenchBastion } from '../bastion/bench-bastion.ts'
import { milliseconds, times, type Figures } from '../figures.ts'
import { runLoad, type LoadJob, type LoadResult } from '../load/load-job.ts'

const perSecond = 2000
const few = 10
const many = 10_000
/** A rate is held as long as every request is answered right, 99 of 100 within this time. */
const heldMs = 100

/** Measures it. */
export async function benchDispatch(figures: Figures): Promise<void> {
  await benchBesideDownloads(figures)
  const small = await measured({ machines: few }, bastion => load(bastion, few))
  const { inFew, inMany, connecting, highest } = await measured({ machines: many }, async bastion => ({
    inFew: await load(bastion, few),
    inMany: await load(bastion, many),
    connecting: await load(bastion, many, { newConnection: true }),
    highest: await highestRate(bastion),
  }))
  const bare = await measureBare(inMany, false)
  const bareConnecting = await measureBare(inMany, true)
  const aim = '≤ 2.5×'
  note(figures, `${perSecond}/s, ${many} machines in the store, each request written to a timeline`, inMany, '≤ 5 ms')
  for (const [kind, { p50, p99 }] of Object.entries(inMany.byKind)) figures.note(`of these, ${kind} machines`, `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`)
  figures.note('/dispatch, highest rate held, all answered, p99 within 100 ms', `${highest}/s`)
  figures.note(`/dispatch, CPU with ${many} machines in the store, to that with ${few}, the same ${few} asking`, times(inFew.cpuMicroseconds / small.cpuMicroseconds), '≤ 1.3×')
  figures.note(`/dispatch, p99 with ${many} machines in the store, to that with ${few}`, `${times(inFew.p99 / small.p99)} (${milliseconds(inFew.p99)}, ${milliseconds(small.p99)})`, '≤ 1.3×')
  figures.note('/dispatch, CPU per request, to a bare Fastify route answering the same bytes', `${times(inMany.cpuMicroseconds / bare.cpuMicroseconds)} (${inMany.cpuMicroseconds.toFixed(0)} µs, ${bare.cpuMicroseconds.toFixed(0)} µs)`, aim)
  note(figures, `${perSecond}/s, a new connection for each`, connecting, '≤ 5 ms')
  figures.note('/dispatch, CPU per request, a new connection for each, to a bare Fastify route', `${times(connecting.cpuMicroseconds / bareConnecting.cpuMicroseconds)} (${connecting.cpuMicroseconds.toFixed(0)} µs, ${bareConnecting.cpuMicroseconds.toFixed(0)} µs)`, aim)
}

/** Scripts while images are fetched: 100 a second, as a rack asks, not as many as there can be. */
async function benchBesideDownloads(figures: Figures): Promise<void> {
  const { quiet, busy } = await measured({ machines: many, imageBytes: 700e6 }, async bastion => {
    const slowly = { perSecond: 100, seconds: 15 }
    const quiet = await load(bastion, many, slowly)
    const child = spawn(process.execPath, [new URL('download.ts', import.meta.url).pathname, String(bastion.bootPort), '16'], { stdio: ['ignore', 'inherit', 'inherit'] })
    try { return { quiet, busy: await load(bastion, many, slowly) } } finally { await ended(child) }
  })
  figures.note('scripts while 16 machines fetch a 700 MB image, p50, to that of quiet', `${times(busy.p50 / quiet.p50)} (${milliseconds(busy.p50)}, ${milliseconds(quiet.p50)}; p99 ${milliseconds(busy.p99)})`, '≤ 2×')
}

let unknownSoFar = 0

/** Machines asked for are the first `asking` of the store. */
function load(bastion: BenchBastion, asking: number, more: Partial<LoadJob> = {}): Promise<LoadResult> {
  const job: LoadJob = {
    port: bastion.bootPort, pid: bastion.pid, perSecond, warmupSeconds: 5, seconds: 15, newConnection: false, firstUnknown: unknownSoFar,
    mix: { known: { share: 0.6, machines: Math.min(bastion.known, asking) }, armed: { share: 0.2, machines: Math.min(bastion.armed, Math.max(1, Math.floor(asking / 10))) }, unknown: { share: 0.2, machines: 0 } }, ...more,
  }
  unknownSoFar += Math.ceil(job.perSecond * (job.warmupSeconds + job.seconds))
  return runLoad(job)
}

async function highestRate(bastion: BenchBastion): Promise<number> {
  let held = 0
  for (let rate = perSecond; rate <= 40_000; rate = Math.round(rate * 1.15)) {
    const { failed, answered, asked, p99 } = await load(bastion, many, { perSecond: rate, warmupSeconds: 2, seconds: 5 })
    if (failed > 0 || answered < asked || p99 > heldMs) break
    held = rate
  }
  return held
}

async function measured<T>(wishes: Parameters<typeof startBenchBastion>[0], measure: (bastion: BenchBastion) => Promise<T>): Promise<T> {
  const bastion = await startBenchBastion(wishes)
  try { return await measure(bastion) } finally { await bastion.stop() }
}

async function measureBare({ bodies }: LoadResult, newConnection: boolean): Promise<LoadResult> {
  const port = await freePort()
  const child = spawn(process.execPath, [new URL('bare-fastify.ts', import.meta.url).pathname, String(port), JSON.stringify(bodies)], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    return await load({ bootPort: port, pid: child.pid!, known: many, armed: many } as BenchBastion, many, { newConnection })
  } finally { await ended(child) }
}

function note(figures: Figures, what: string, result: LoadResult, aim: string): void {
  const wrong = result.failed + (result.asked - result.answered - result.failed)
  figures.note(`/dispatch at ${what}`, `p50 ${milliseconds(result.p50)}, p99 ${milliseconds(result.p99)}, worst ${milliseconds(result.worst)}, ${wrong === 0 ? 'all answered' : `${wrong} of ${result.asked} not answered right: ${result.firstFailure}`}`, aim === '' ? '' : `p99 ${aim}`)
}
