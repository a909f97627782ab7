import type { FastifyInstance } from 'fastify'
import { parseMac } from '../../protocol/names.ts'
import type { BootRoom } from '../boot/boot-room.ts'

/** Routes whose answers are a step of a boot. The overlay and /dispatch write their own. */
const steps = new Set(['/boot.ipxe', '/ipxe/:file', '/ramdisk/:file', '/os/:name/:file'])

/** Makes what the boot plane sends to a machine an event, when its last byte is sent or the machine hung up. */
export function reportFetches(app: FastifyInstance, room: BootRoom): void {
  app.addHook('onRequest', async (request, reply) => {
    const { url } = request.routeOptions
    if (url === '/dispatch') {
      const { mac } = request.query as { mac?: unknown }
      const parsed = typeof mac === 'string' ? parseMac(mac) : null
      if (parsed !== null) room.fetches.putAddress(request.ip, parsed)
    }
    if (request.method !== 'GET' || url === undefined || !steps.has(url)) return
    const end = room.fetches.begin(room, request.ip, (request.params as { file?: string }).file ?? 'boot.ipxe')
    reply.raw.once('close', () => {
      const given = reply.raw.statusCode === 200 || reply.raw.statusCode === 206
      const bytes = Number(reply.raw.getHeader('content-length'))
      end(!given ? 'refused' : reply.raw.writableFinished ? 'whole' : 'broken', Number.isFinite(bytes) ? bytes : null)
    })
  })
}
