import type { FastifyInstance, FastifyReply } from 'fastify'
import type { BootRoom } from './boot-room.ts'
import { intakeTarget } from '../intake/intake-addresses.ts'
import { dispatch, failureScript } from './dispatch.ts'
import { judgeTicket } from './judge-ticket.ts'
import { makeOverlay } from './make-overlay.ts'
import { noteAddress, noteUsedTicket } from './note-address.ts'
import { parseDispatch } from './parse-dispatch.ts'
import { bootKickstart } from './boot-kickstart.ts'
import { afterDiscovery } from './wait-for-order.ts'
import { renderFirstScript, renderRefuseScript } from './render-script.ts'

/** The boot plane's own routes: the first script, dispatch, and the overlay that a ticket opens. Every answer to firmware is 200 and valid iPXE, with Content-Length. */
export function bootPlaneRoutes(app: FastifyInstance, room: BootRoom): void {
  const first = renderFirstScript({ bootUrl: room.bootUrl })
  app.get('/boot.ipxe', (_request, reply) => script(reply, first))

  app.get('/dispatch', async (request, reply) => {
    const query = request.query as Record<string, unknown>
    try {
      const parsed = parseDispatch(query, request.ip)
      if (parsed.kind === 'refused') return script(reply, renderRefuseScript({ bootUrl: room.bootUrl, because: parsed.refusal.because, retry: true, retrySeconds: 60, uefi: parsed.uefi }))
      const answer = dispatch(room, parsed.request)
      if (answer.decision.kind === 'ramdisk' || answer.decision.kind === 'installer') await room.tickets.kept()
      return script(reply, answer.script)
    } catch (error) {
      room.journal.error({ err: error }, 'dispatch failed')
      return script(reply, failureScript(room, 'The bastion failed inside; its log says where.', query['platform'] === 'efi'))
    }
  })

  app.get('/boot/:ticket/overlay.cpio', (request, reply) => {
    const { ticket: secret } = request.params as { ticket: string }
    const ticket = room.tickets.findBySecret(secret)
    const refusal = judgeTicket(ticket, 'overlay', room.clock(), room.ticketLife)
    if (refusal?.code === 'ticket-used' && ticket !== null) noteUsedTicket(room, ticket, request.ip)
    if (refusal !== null || ticket === null) return reply.code(refusal?.code === 'ticket-unknown' ? 404 : 410).type('text/plain').send(`${refusal?.because}\n`)
    const machine = ticket.machine === null ? null : room.machines.findById(ticket.machine)
    if (room.holdsLease(request.ip, [ticket.mac, ...machine?.macs ?? []]) === false) {
      const because = `The overlay of ${ticket.mac} was asked for from ${request.ip}, which holds no lease of that machine.`
      room.timeline.putAlarm({ machine: ticket.machine, mac: ticket.mac, phase: 'overlay', evidence: 'ticket', text: because })
      return reply.code(403).type('text/plain').send(`${because}\n`)
    }
    noteAddress(room, ticket, request.ip)
    const kickstart = bootKickstart(room, ticket)
    const overlay = makeOverlay({
      purpose: ticket.purpose, controlUrl: room.controlUrl, bootUrl: room.bootUrl, pins: room.pins,
      epochSeconds: Math.floor(room.clock() / 1000), afterwards: afterDiscovery(room, ticket), bearer: room.tickets.putBearer(ticket.id), logIntake: intakeTarget(room.config),
      kickstart,
    })
    room.tickets.putLastWord(ticket.id)
    room.timeline.put({ machine: ticket.machine, mac: ticket.mac, phase: 'kernel', evidence: 'ticket', text: `Loaded the kernel, the ${kickstart === null ? 'RAM disk' : 'installer’s initramfs'} and its overlay (${overlay.length} bytes) to ${ticket.purpose}.` })
    return reply.type('application/x-cpio').send(overlay)
  })
}

function script(reply: FastifyReply, text: string) {
  return reply.type('text/plain; charset=utf-8').send(text)
}
