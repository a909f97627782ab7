import type { ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { parseMac } from '../../protocol/names.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import type { SentFile } from './files/file-job.ts'

/** Routes whose answers are a step of a boot. The overlay and /dispatch write their own. */
const steps = new Set(['/boot.ipxe', '/ipxe/:file', '/ramdisk/:file', '/os/:name/:file'])
/** The file that a step of a boot asks for; null for all that is none, packages above all. */
function fileOf(url: string, params: { 'file'?: string, '*'?: string }): string | null {
  if (steps.has(url)) return params.file ?? 'boot.ipxe'
  return url === '/os/:name/tree/*' && params['*']?.startsWith('images/') === true ? params['*'].slice(params['*'].lastIndexOf('/') + 1) : null
}

/** Makes what the boot plane sends to a machine an event, when its last byte is sent or the machine hung up. Gives a function to call for an answer whose connection is given away: its end is then what is told to the function that this gives. */
export function reportFetches(app: FastifyInstance, room: BootRoom): (raw: ServerResponse) => (sent: SentFile) => void {
  const open = new WeakMap<ServerResponse, (sent: SentFile) => void>()
  const take = (raw: ServerResponse) => {
    const end = open.get(raw)
    open.delete(raw)
    return end ?? (() => undefined)
  }
  app.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === '/dispatch') {
      const { mac } = request.query as { mac?: unknown }
      const parsed = typeof mac === 'string' ? parseMac(mac) : null
      if (parsed !== null) room.fetches.putAddress(request.ip, parsed)
    }
    const file = request.method !== 'GET' || url === undefined ? null : fileOf(url, request.params as { file?: string })
    if (file === null) return
    const end = room.fetches.begin(room, request.ip, file)
    open.set(reply.raw, ({ status, bytes, whole }) => { end(status !== 200 && status !== 206 ? 'refused' : whole ? 'whole' : 'broken', bytes) })
    reply.raw.once('close', () => {
      // Streams set theirs on the raw answer, everything else on Fastify's.
      const bytes = Number(reply.getHeader('content-length') ?? reply.raw.getHeader('content-length'))
      take(reply.raw)({ status: reply.raw.statusCode, bytes: Number.isFinite(bytes) ? bytes : null, whole: reply.raw.writableFinished })
    })
  })
  return take
}
