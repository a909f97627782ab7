import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../platform/database.ts'

/** One part of the bastion that readiness depends on: `because` is null when it is well, else what is wrong. `detail`: what an operator may want to know of it all the same; on the detailed page only. */
export interface HealthPart { name: string, because: () => string | null, detail?: () => string | null }

/** What the health routes look at. */
export interface HealthSituation {
  database: Database
  parts: readonly HealthPart[]
  startedAt: number
  clock: () => number
  version: string
  stopping: () => boolean
}

const partSchema = Type.Object({ name: Type.String(), healthy: Type.Boolean(), because: Type.Union([Type.String(), Type.Null()]) })
const detailedPartSchema = Type.Object({ ...partSchema.properties, detail: Type.Union([Type.String(), Type.Null()]) })

/** `/healthz`: the process answers. On both planes. */
export function healthz(app: FastifyInstance): void {
  app.get('/healthz', { config: { permission: 'open' }, schema: { summary: 'The process answers', response: { 200: Type.Object({ status: Type.Literal('ok') }) } } }, () => ({ status: 'ok' as const }))
}

/** `/health`, `/health/live`, `/health/ready`, `/health/detailed`, on the control plane. */
export function healthRoutes(app: FastifyInstance, situation: HealthSituation): void {
  const parts = () => [
    { name: 'database', because: databaseProblem(situation.database), detail: null },
    ...situation.parts.map(part => ({ name: part.name, because: part.because(), detail: part.detail?.() ?? null })),
    ...situation.stopping() ? [{ name: 'process', because: 'The bastion is stopping.', detail: null }] : [],
  ].map(part => ({ ...part, healthy: part.because === null }))
  const summary = (reply: FastifyReply) => {
    const failing = parts().filter(part => !part.healthy)
    if (failing.length > 0) void reply.code(503)
    return { status: failing.length === 0 ? 'ready' : 'not ready', failing }
  }
  const open = { permission: 'open' } as const
  const body = Type.Object({ status: Type.String(), failing: Type.Array(partSchema) })
  app.get('/health/live', { config: open, schema: { summary: 'The process runs', response: { 200: Type.Object({ status: Type.String() }) } } }, () => ({ status: 'alive' }))
  app.get('/health/ready', { config: open, schema: { summary: 'It can serve machines; 503 and why not, otherwise', response: { 200: body, 503: body } } }, (_request, reply) => summary(reply))
  app.get('/health', { config: open, schema: { summary: 'The same as /health/ready', response: { 200: body, 503: body } } }, (_request, reply) => summary(reply))
  app.get('/health/detailed', { config: { permission: 'health:read' }, schema: { summary: 'Every part, the database’s latency, the number of agents', response: { 200: Type.Object({
    version: Type.String(), uptimeSeconds: Type.Number(), databaseLatencyMs: Type.Number(), residentBytes: Type.Integer(), agents: Type.Integer(), parts: Type.Array(detailedPartSchema),
  }) } } }, () => ({
    version: situation.version, uptimeSeconds: (situation.clock() - situation.startedAt) / 1000, databaseLatencyMs: databaseLatencyMs(situation.database),
    residentBytes: process.memoryUsage.rss(), agents: 0, parts: parts(),
  }))
}

function databaseProblem(database: Database): string | null {
  try {
    database.prepare('SELECT 1').get()
    return null
  } catch (error) { return `The database does not answer: ${(error as Error).message}` }
}

function databaseLatencyMs(database: Database): number {
  const before = performance.now()
  database.prepare('SELECT count(*) FROM machines').get()
  return performance.now() - before
}
