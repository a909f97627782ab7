// Where the bastion does not own DHCP, no lease says whose an address is: a boot that goes on from another address is an alarm, and nothing else.
import type { BootRoom } from './boot-room.ts'
import type { Ticket } from './ticket-store.ts'

/** Notes the address that a ticket or its bearer was just used from. */
export function noteAddress(room: BootRoom, ticket: Ticket, address: string): void {
  if (ticket.address === address || room.holdsLease(address, [ticket.mac]) !== null) return
  if (ticket.address !== null) room.timeline.putAlarm({ machine: ticket.machine, mac: ticket.mac, phase: 'alarm', evidence: 'ticket', text: `The boot of ${ticket.mac} began at ${ticket.address} and goes on from ${address}.` })
  room.tickets.putAddress(ticket.id, address)
}

/** Notes that the overlay of a ticket was asked for after its boot had sent its facts: firmware does that from the boot's own address, a thief from another. */
export function noteUsedTicket(room: BootRoom, ticket: Ticket, address: string): void {
  const own = room.holdsLease(address, [ticket.mac, ...ticket.machine === null ? [] : room.machines.findById(ticket.machine)?.macs ?? []]) ?? (ticket.address === null || ticket.address === address)
  if (own) return
  room.timeline.putAlarm({ machine: ticket.machine, mac: ticket.mac, phase: 'overlay', evidence: 'ticket', text: `The overlay of ${ticket.mac} was asked for again from ${address}, after its boot had sent its facts: somebody else has its ticket.` })
}
