// A real TLS server with the bastion's own key and certificate code, whose answers a test chooses. Every answer is checked against the protocol's schemas before it is sent.
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import type { Test } from 'tap'
import { Type, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { WebSocketServer, type WebSocket } from 'ws'
import { loadControlPlaneKey } from '../../bastion/pki/control-plane-key.ts'
import { InstallRequestSchema, MachineDetailSchema, MachineSummarySchema, OrderSchema, StrangerSchema, TimelineEntrySchema, type TimelineEntry } from '../../protocol/machines.ts'
import { LogLineSchema, LogSenderSchema, type LogEvent } from '../../protocol/machine-logs.ts'
import { AdoptAnswerSchema, AdoptRequestSchema, ConfirmRequestSchema, EraseRequestSchema, PlanAnswerSchema, PlanRequestSchema, ReprovisionRequestSchema, RescueRequestSchema, RetryRequestSchema } from '../../protocol/plan-request.ts'
import { ImportAnswerSchema, ImportRequestSchema, LabelAnswerSchema, LabelRequestSchema } from '../../protocol/import.ts'
import { EffectiveSettingsSchema, MachineSettingsSchema } from '../../protocol/machine-settings.ts'
import { QuestionsSchema, ResolveRequestSchema } from '../../protocol/resolve.ts'
import { RuleExplanationSchema, RulesSchema } from '../../protocol/rules.ts'
import { OsSourceSchema } from '../../protocol/os-sources.ts'
import { ProblemSchema, type Problem } from '../../protocol/problem.ts'

export interface StandInAnswer { status?: number, body?: unknown, delayMs?: number }
type Responder = (request: { params: Record<string, string>, query: Record<string, string>, body: unknown }) => StandInAnswer

export interface StandIn {
  url: string
  pin: string
  token: string
  /** What was asked for, as `GET /api/machines`, in order. */
  asked: string[]
  /** Every body that came with one of {@link StandIn.asked}, by the name of the route, in order. */
  bodies: [string, unknown][]
  answers: Map<string, Responder>
  /** Tells an entry to all who watch. */
  tell: (entry: TimelineEntry | LogEvent) => void
  watchers: () => number
  /** Cuts every event stream. */
  cut: () => void
  close: () => Promise<void>
}

const routes: [string, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string, TSchema | null][] = [
  ['list', 'GET', '/api/machines', Type.Object({ machines: Type.Array(MachineSummarySchema) })],
  ['strangers', 'GET', '/api/strangers', Type.Object({ strangers: Type.Array(StrangerSchema) })],
  ['stranger', 'GET', '/api/strangers/:mac', Type.Object({ stranger: StrangerSchema, timeline: Type.Array(TimelineEntrySchema) })],
  ['machine', 'GET', '/api/machines/:machine', MachineDetailSchema],
  ['timeline', 'GET', '/api/machines/:machine/timeline', Type.Object({ timeline: Type.Array(TimelineEntrySchema) })],
  ['log', 'GET', '/api/machines/:machine/log', Type.Object({ log: Type.String() })],
  ['logs', 'GET', '/api/logs', Type.Object({ senders: Type.Array(LogSenderSchema) })],
  ['lines', 'GET', '/api/logs/:sender', Type.Object({ lines: Type.Array(LogLineSchema) })],
  ['forget', 'DELETE', '/api/machines/:machine', null],
  ['install', 'POST', '/api/install', OrderSchema],
  ['cancel', 'POST', '/api/machines/:machine/cancel', OrderSchema],
  ['confirm', 'POST', '/api/machines/:machine/confirm', OrderSchema],
  ['retry', 'POST', '/api/machines/:machine/retry', OrderSchema],
  ['plan', 'POST', '/api/plan', PlanAnswerSchema],
  ['reprovision', 'POST', '/api/reprovision', OrderSchema],
  ['label', 'PATCH', '/api/machines/:machine/labels', LabelAnswerSchema],
  ['import', 'POST', '/api/import', ImportAnswerSchema],
  ['settings', 'PUT', '/api/machines/:machine/settings', EffectiveSettingsSchema],
  ['adopt', 'POST', '/api/machines/:machine/adopt', AdoptAnswerSchema],
  ['rescue', 'POST', '/api/machines/:machine/rescue', OrderSchema],
  ['questions', 'GET', '/api/machines/:machine/resolve', QuestionsSchema],
  ['rules', 'GET', '/api/rules', RulesSchema],
  ['explainRules', 'GET', '/api/machines/:machine/rules', RuleExplanationSchema],
  ['resolve', 'POST', '/api/machines/:machine/resolve', QuestionsSchema],
  ['erase', 'POST', '/api/machines/:machine/erase', OrderSchema],
  ['sources', 'GET', '/api/os', Type.Object({ sources: Type.Array(OsSourceSchema) })],
  ['source', 'GET', '/api/os/:name', OsSourceSchema],
  ['addSource', 'POST', '/api/os', OsSourceSchema],
  ['prefetchSource', 'POST', '/api/os/:name/prefetch', OsSourceSchema],
  ['removeSource', 'DELETE', '/api/os/:name', null],
  ['ready', 'GET', '/health/ready', null],
  ['version', 'GET', '/api/version', Type.Object({ version: Type.String(), node: Type.String() })],
]

const bodies: Record<string, TSchema> = { settings: MachineSettingsSchema, label: LabelRequestSchema, import: ImportRequestSchema, install: InstallRequestSchema, retry: RetryRequestSchema, confirm: ConfirmRequestSchema, plan: PlanRequestSchema, reprovision: ReprovisionRequestSchema, adopt: AdoptRequestSchema, rescue: RescueRequestSchema, erase: EraseRequestSchema, resolve: ResolveRequestSchema }

export const problem = (status: number, code: string, detail: string, more: Partial<Problem> = {}): StandInAnswer => ({ status, body: { type: 'about:blank', title: code, status, detail, code, nextStep: null, refusals: [], ...more } })

export async function standInBastion(t: Test): Promise<StandIn> {
  const folder = mkdtempSync(join(tmpdir(), 'labctl-stand-in-'))
  const key = await loadControlPlaneKey(folder, ['127.0.0.1'], Date.now())
  const token = 'operator-token-for-tests'
  const app = Fastify({ https: { key: key.keyPem, cert: key.certificatePem }, forceCloseConnections: true })
  const asked: string[] = []
  const sent: [string, unknown][] = []
  const answers = new Map<string, Responder>()
  for (const [name, method, url, schema] of routes) {
    app.route({ method, url, handler: async (request, reply) => {
      asked.push(`${request.method} ${request.url}`)
      if (bodies[name] !== undefined && !Value.Check(bodies[name], request.body)) throw new Error(`The body of ${name} is not of the protocol’s form.`)
      if (bodies[name] !== undefined) sent.push([name, request.body])
      const chosen = request.headers.authorization !== `Bearer ${token}` ? problem(401, 'BST_UNAUTHENTICATED', 'The API token shown is not valid here.')
        : answers.get(name)?.({ params: request.params as Record<string, string>, query: request.query as Record<string, string>, body: request.body }) ?? problem(404, 'BST_NOT_FOUND', `There is no such thing at ${request.url}.`)
      const status = chosen.status ?? (schema === null ? 204 : 200)
      const wanted = status >= 400 ? ProblemSchema : schema
      if (wanted !== null && typeof chosen.body === 'object' && !Value.Check(wanted, chosen.body)) throw new Error(`The stand-in’s answer to ${name} is not of the protocol’s form.`)
      if (chosen.delayMs !== undefined) await new Promise(resolve => setTimeout(resolve, chosen.delayMs))
      return reply.code(status).type(status >= 400 ? 'application/problem+json' : 'application/json').send(typeof chosen.body === 'string' ? chosen.body : chosen.body === undefined ? undefined : JSON.stringify(chosen.body))
    } })
  }
  const sockets = new WebSocketServer({ noServer: true })
  app.server.on('upgrade', (request, socket, head) => {
    asked.push(`WS ${request.url ?? ''}`)
    if (request.headers.authorization === `Bearer ${token}`) sockets.handleUpgrade(request, socket, head, (client: WebSocket) => client)
    else {
      const body = JSON.stringify({ status: 401, detail: 'The API token shown is not valid here.' })
      socket.end(`HTTP/1.1 401 Refused\r\ncontent-type: application/problem+json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`)
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const cut = () => { for (const client of sockets.clients) client.terminate() }
  const close = async () => { cut(); await app.close() }
  t.teardown(async () => { await close(); rmSync(folder, { recursive: true, force: true }) })
  return {
    url: `https://127.0.0.1:${(app.server.address() as AddressInfo).port}`, pin: key.pins[0]!, token, asked, bodies: sent, answers,
    tell: entry => { for (const client of sockets.clients) client.send(JSON.stringify(entry)) },
    watchers: () => sockets.clients.size, cut, close,
  }
}
