import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Kind } from './population.ts'

/** Requests to send, due at fixed times whether or not answers come. */
export interface LoadJob {
  port: number
  /** Whose CPU time is counted. */
  pid: number
  perSecond: number
  warmupSeconds: number
  seconds: number
  /** Firmware opens a connection for each request; iPXE keeps one. */
  newConnection: boolean
  /** Machines asked for, by kind, each in turn and every NIC of it, and the share of requests. */
  mix: Partial<Record<Kind, { share: number, machines: number }>>
  /** Where this run's machines begin: an unknown one is unknown once only. */
  firstUnknown: number
}

/** What came of it. Latencies are milliseconds from when a request was due to the last byte of its answer. `lateMs`: how late the generator itself was, 99 of 100. */
export interface LoadResult {
  asked: number, answered: number, failed: number, firstFailure: string | null
  perSecond: number, p50: number, p90: number, p99: number, worst: number, lateMs: number, cpuMicroseconds: number
  byKind: Partial<Record<Kind, { p50: number, p99: number }>>
  /** One answer of each kind. */
  bodies: Partial<Record<Kind, string>>
}

/** Runs the generator in a process of its own. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const child = spawn(process.execPath, [new URL('open-loop.ts', import.meta.url).pathname, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const output = text(child.stdout)
  const [code] = await once(child, 'close') as [number | null]
  if (code !== 0) throw new Error(`The load generator ended with ${code}.`)
  return JSON.parse(await output) as LoadResult
}
