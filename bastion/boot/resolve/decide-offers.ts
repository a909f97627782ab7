// Decides what an operator may say about a machine whose identity is not clear, in this order.
import type { Decision } from '../../../protocol/resolve.ts'

/** What is not clear. `limbo`: what reported agrees with no one machine. */
export interface Unclear { report: boolean, limbo: boolean, claims: number, unheard: number, sameAs: string | null, contested: boolean, installing: boolean, alarms: number }

/** The words that fit, each with what it does. While an order is being carried out, nothing that changes the record is offered. */
export function decideOffers(unclear: Unclear): { decision: Decision, means: string }[] {
  const offers: { decision: Decision, means: string }[] = []
  const offer = (fits: boolean, decision: Decision, means: string) => { if (fits) offers.push({ decision, means }) }
  const still = !unclear.installing
  offer(still && unclear.report, 'take-new', 'the report replaces the record: the hardware was changed on purpose')
  offer(unclear.report || unclear.claims > 0, 'take-recorded', unclear.report ? 'the report is dropped; the record stays' : 'what was claimed is dropped; the record stays')
  offer(unclear.unheard > 0, 'hear', 'who was refused may start the RAM disk and report, so that it can be compared; it gets nothing else')
  offer(still && unclear.limbo, 'another', 'it is another machine: a UUID or serial that both have counts for nothing from now on, and a MAC that both have is the other one’s')
  offer(still && unclear.sameAs !== null, 'same-as', `this is ${unclear.sameAs} on another board: that one’s record takes these facts, and this record goes`)
  offer(unclear.contested, 'keep-first', 'the key that was first is the machine’s: its order goes on')
  offer(unclear.contested, 'cancel', 'the order is cancelled')
  offer(unclear.alarms > 0, 'seen', 'its alarms were seen, and nothing else changes')
  return offers
}
