// The boot conversation: facts, progress, log, next. For machines that hold a bearer of their boot, or sign with their key.
import { verify } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Value } from 'typebox/value'
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { parseFacts } from '../machines/parse-facts.ts'
import { readReport } from '../machines/read-report.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { authenticateBoot } from './authenticate-boot.ts'
import { installerOf } from './boot-kickstart.ts'
import type { BootRoom } from './boot-room.ts'
import { packAnswer } from './pack-answer.ts'
import { readBody } from './read-body.ts'
import { takeDiscovery } from './take-discovery.ts'
import { takeInstalled } from './take-installed.ts'
import { takeOrderFacts } from './take-order-facts.ts'
import { ProgressSchema, takeFirstBoot, takeProgress, type Progress } from './take-progress.ts'
import type { Ticket } from './ticket-store.ts'
import { waitForOrder } from './wait-for-order.ts'

const longestLog = 64 * 1024
const logsKept = 5
const bodyOf = (mostBytes: number) => (_request: FastifyRequest, stream: IncomingMessage) => readBody(stream, mostBytes)

/** Adds the conversation's routes to the control plane. */
export function conversationRoutes(app: FastifyInstance, room: BootRoom): void {
  app.addContentTypeParser(['application/x-tar', 'application/octet-stream'], bodyOf(room.config.boot.maximumReportKib * 1024))
  app.addContentTypeParser('text/plain', bodyOf(longestLog))
  const signedOrNot = { config: { permission: 'boot' as const }, schema: { hide: true } }
  // Before the body is read: a stranger's is never held in memory.
  const options = { ...signedOrNot, onRequest: async (request: FastifyRequest, reply: FastifyReply) => { if (authenticated(room, request, reply) === null) return reply } }

  const facts = async (request: FastifyRequest, reply: FastifyReply) => {
    const { facts: parsed, publicKey } = await reported(request)
    // As it is now: while the report was read, another one may have used the ticket. From here to the decision nothing waits.
    const ticket = authenticated(room, request, reply)
    if (ticket === null) return reply
    if (ticket.purpose === 'discover') {
      // One sync to disk for all of it.
      const taken = room.database.transaction(() => {
        noteRamdisk(room, ticket, request)
        return takeDiscovery(room, ticket, parsed, publicKey, request.ip)
      }).immediate()
      if ('refusal' in taken) return refuse(reply, [taken.refusal], 409)
      return reply.type('application/x-tar').send(await packAnswer({ kind: 'wait' }))
    }
    noteRamdisk(room, ticket, request)
    const taken = takeOrderFacts(room, ticket, parsed, publicKey)
    if (taken.kind === 'refused') return refuse(reply, taken.refusals, taken.status)
    return reply.type('application/x-tar').send(await packAnswer(taken.answer))
  }
  app.post('/api/boot/facts', options, facts)
  app.post('/api/boot/installed', options, async (request, reply) => {
    const { facts: parsed, publicKey } = await reported(request)
    const ticket = authenticated(room, request, reply)
    if (ticket === null) return reply
    const refused = takeInstalled(room, ticket, parsed, publicKey)
    return refused === null ? reply.code(204).send() : refuse(reply, refused.refusals, refused.status)
  })
  app.post('/api/discover', options, async (request, reply) => {
    const ticket = authenticated(room, request, reply)
    if (ticket === null) return reply
    if (ticket.purpose !== 'discover') return refuse(reply, [{ code: 'ticket-purpose', because: 'A discovery report needs a discovery ticket.', nextStep: 'POST /api/boot/facts' }], 403)
    return facts(request, reply)
  })

  app.post('/api/boot/log', options, (request, reply) => {
    const ticket = authenticated(room, request, reply)
    if (ticket === null) return reply
    if (ticket.machine === null) return refuse(reply, [{ code: 'facts-first', because: 'A log is taken after the facts only.', nextStep: 'POST /api/boot/facts' }], 409)
    room.database.prepare('INSERT INTO boot_logs (at, machine, order_id, attempt, text) VALUES (?, ?, ?, ?, ?)').run(room.clock(), ticket.machine, ticket.order, ticket.attempt, bytesOf(request).toString('utf8'))
    room.database.prepare('DELETE FROM boot_logs WHERE machine = ? AND id NOT IN (SELECT id FROM boot_logs WHERE machine = ? ORDER BY id DESC LIMIT ?)').run(ticket.machine, ticket.machine, logsKept)
    room.tickets.putLastWord(ticket.id)
    return reply.code(204).send()
  })

  app.get('/api/boot/next', options, async (request, reply) => {
    const ticket = authenticated(room, request, reply)
    if (ticket === null) return reply
    const next = await waitForOrder(room, ticket, request.ip, request.raw.socket, request.headers['labctl-waits'] === 'installer')
    if (next.kind === 'refused') return refuse(reply, [next.refusal], 410)
    if (next.kind === 'overlay') return reply.type('application/x-cpio').send(next.overlay)
    if (next.againSeconds !== null) reply.header('retry-after', next.againSeconds)
    if (next.bearer !== null) reply.header('labctl-bearer', next.bearer)
    return reply.type('text/plain').send(next.word)
  })

  app.register(async scope => {
    scope.removeContentTypeParser('application/json')
    scope.addContentTypeParser('application/json', bodyOf(longestLog * 4))
    scope.post('/api/boot/progress', signedOrNot, (request, reply) => {
      const body = request.body as Buffer
      const progress = parseProgress(body)
      const signature = request.headers['labctl-machine-signature']
      if (typeof signature === 'string') return signed(room, body, progress, signature, reply)
      const ticket = authenticated(room, request, reply)
      if (ticket === null) return reply
      const refusal = takeProgress(room, ticket, progress)
      return refusal === null ? reply.code(204).send() : refuse(reply, [refusal], 410)
    })
  })
}

/** The RAM disk, or %pre of an installer, says with its facts when it began and when it sent them, in seconds since its kernel started. */
function noteRamdisk(room: BootRoom, ticket: Ticket, request: FastifyRequest): void {
  const [began, sent] = ['labctl-started', 'labctl-uptime'].map(name => Number.parseFloat(String(request.headers[name])))
  if (began === undefined || sent === undefined || !(began >= 0 && sent >= began && sent < 1e6)) return
  room.timeline.put({ machine: ticket.machine, mac: ticket.mac, phase: 'ramdisk', evidence: 'bearer', text: `The ${installerOf(room, ticket) === null ? 'RAM disk' : 'installer’s %pre'} began ${began.toFixed(1)} s after its kernel started, and sent its facts after ${sent.toFixed(1)} s.` })
}

function signed(room: BootRoom, body: Buffer, progress: Progress, signature: string, reply: FastifyReply) {
  const order = progress.order === undefined ? null : room.orders.findById(progress.order)
  const genuine = order?.publicKey != null && progress.attempt === order.consumedAttempt && verify('sha256', body, order.publicKey, Buffer.from(signature, 'base64'))
  if (order === null || !genuine) return refuse(reply, [{ code: 'signature-wrong', because: 'The signature is not one of the key that consumed this order, or names another attempt.', nextStep: 'Install the machine again: labctl provision install' }], 403)
  if (progress.phase !== 'first-boot') return refuse(reply, [{ code: 'phase-unsigned', because: `A signed report of ${progress.phase} means nothing here; first-boot is wanted.`, nextStep: 'Send phase first-boot.' }], 409)
  takeFirstBoot(room, order, progress)
  return reply.code(204).send()
}

async function reported(request: FastifyRequest): Promise<{ facts: Facts, publicKey: string }> {
  const report = await readReport(bytesOf(request))
  const facts = parseFacts(report)
  if ('problem' in facts) throw new BastionError('BST_FACTS_INVALID', facts.problem)
  return { facts, publicKey: report.publicKey }
}

function parseProgress(body: Buffer): Progress {
  let value: unknown
  try { value = JSON.parse(body.toString('utf8')) } catch (cause) { throw new BastionError('BST_INPUT_INVALID', 'The progress report is not JSON.', { cause }) }
  if (Value.Check(ProgressSchema, value)) return value
  const [first] = Value.Errors(ProgressSchema, value)
  throw new BastionError('BST_INPUT_INVALID', `The progress report is not of the form wanted: ${first?.instancePath} ${first?.message}.`)
}

function bytesOf(request: FastifyRequest): Buffer {
  if (Buffer.isBuffer(request.body)) return request.body
  throw new BastionError('BST_INPUT_INVALID', `The body is not of the type wanted (got ${request.headers['content-type'] ?? 'none'}).`, { nextStep: 'Facts are application/x-tar, a log is text/plain.' })
}

function authenticated(room: BootRoom, request: FastifyRequest, reply: FastifyReply): Ticket | null {
  const result = authenticateBoot(room, request.headers.authorization, request.ip)
  if ('ticket' in result) return result.ticket
  void refuse(reply, [result.refusal], result.status)
  return null
}

function refuse(reply: FastifyReply, refusals: readonly Refusal[], status: 401 | 403 | 409 | 410): FastifyReply {
  const code = { 401: 'BST_UNAUTHENTICATED', 403: 'BST_FORBIDDEN', 409: 'BST_REFUSED', 410: 'BST_TICKET_GONE' }[status]
  const detail = refusals.map(refusal => refusal.because).join(' ')
  return reply.code(status).type('application/problem+json').send({ type: 'about:blank', title: code, status, detail, code, nextStep: refusals[0]?.nextStep ?? null, refusals })
}
