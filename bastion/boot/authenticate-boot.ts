// Decides whether a caller of the boot conversation is the boot that its bearer says, for every route of it.
import type { Refusal } from '../../protocol/refusal.ts'
import type { BootRoom } from './boot-room.ts'
import { judgeTicket } from './judge-ticket.ts'
import { noteAddress } from './note-address.ts'
import type { Ticket } from './ticket-store.ts'

/** The ticket that the Authorization header speaks for, or a refusal with the HTTP status it means: 401 no bearer or an unknown one, 403 another machine's address, 410 void or expired. */
export function authenticateBoot(room: BootRoom, authorization: string | undefined, address: string): { ticket: Ticket } | { refusal: Refusal, status: 401 | 403 | 410 } {
  const bearer = /^Bearer ([A-Za-z0-9_-]{16,128})$/.exec(authorization ?? '')?.[1]
  const nextStep = 'Restart the machine: its next boot brings a new bearer.'
  if (bearer === undefined) return { status: 401, refusal: { code: 'bearer-missing', because: 'No bearer of a boot was shown in the Authorization header.', nextStep } }
  const ticket = room.tickets.findByBearer(bearer)
  if (ticket === null) return { status: 401, refusal: { code: 'bearer-unknown', because: 'The bearer shown was not made by this bastion, or its boot is long over.', nextStep } }
  const refusal = judgeTicket(ticket, 'conversation', room.clock(), room.ticketLife)
  if (refusal !== null) return { status: 410, refusal }
  const machine = ticket.machine === null ? null : room.machines.findById(ticket.machine)
  if (room.holdsLease(address, [ticket.mac, ...machine?.macs ?? []]) === false) {
    const because = `The bearer of ${ticket.mac} was used from ${address}, which holds no lease of that machine.`
    room.timeline.putAlarm({ machine: ticket.machine, mac: ticket.mac, phase: 'alarm', evidence: 'bearer', text: because })
    return { status: 403, refusal: { code: 'address-foreign', because, nextStep } }
  }
  noteAddress(room, ticket, address)
  return { ticket }
}
