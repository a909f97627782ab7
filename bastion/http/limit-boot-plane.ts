import type { FastifyInstance } from 'fastify'
import type { BootRoom } from '../boot/boot-room.ts'
import { failureScript } from '../boot/dispatch.ts'
import type { RequestLimits } from './request-limits.ts'

/** Where firmware expects a script, and would take anything else for a dead bastion. */
const scripts = new Set<string | undefined>(['/boot.ipxe', '/dispatch'])

const trees = new Set<string | undefined>(['/os/:name/tree/*', '/os/:name/repository/:id/*'])

/** Bounds what one address may ask of the boot plane. iPXE is told to ask again later, in a script of its own language; everybody else is answered 429. */
export function limitBootPlane(app: FastifyInstance, room: Pick<BootRoom, 'bootUrl'>, limits: RequestLimits): void {
  app.addHook('onRequest', (request, reply, done) => {
    const { url } = request.routeOptions
    const seconds = url === '/healthz' ? 0 : limits.waitSeconds(trees.has(url) ? 'trees' : 'bootPlane', `address ${request.ip}`)
    if (seconds === 0) return done()
    void reply.header('retry-after', String(seconds))
    const because = 'This address asks too often.'
    if (scripts.has(url)) void reply.type('text/plain; charset=utf-8').send(failureScript(room, because, false))
    else void reply.code(429).type('text/plain').send(`${because} Ask again in ${seconds} s.\n`)
  })
}
