// Decides whether a ticket is still good, for whoever shows it or a bearer of its boot.
import type { Refusal } from '../../protocol/refusal.ts'
import type { Ticket } from './ticket-store.ts'

/** How long tickets live, in milliseconds: from the last word of their boot, and at the most. */
export interface TicketLife { sinceLastWordMs: number, atMostMs: number }

/** Null when the ticket is good for `use` at `now`: `overlay` only until the facts, `conversation` until it expires. Else why not. */
export function judgeTicket(ticket: Ticket | null, use: 'overlay' | 'conversation', now: number, life: TicketLife): Refusal | null {
  const nextStep = 'Restart the machine: it is given a new ticket if it may have one.'
  if (ticket === null) return { code: 'ticket-unknown', because: 'No such ticket was made by this bastion.', nextStep }
  if (ticket.voidBecause !== null) return { code: 'ticket-void', because: `The ticket is void: ${ticket.voidBecause}.`, nextStep }
  if (now - ticket.madeAt > life.atMostMs || now - ticket.lastWordAt > life.sinceLastWordMs) return { code: 'ticket-expired', because: 'The ticket has expired.', nextStep }
  if (use === 'overlay' && ticket.publicKey !== null) return { code: 'ticket-used', because: 'The ticket was used: its boot has sent its facts.', nextStep }
  return null
}
