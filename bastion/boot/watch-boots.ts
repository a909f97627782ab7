// What dnsmasq and the boot plane saw becomes part of the machine's timeline; what is old is removed.
import type { BastionEvent } from '../platform/events.ts'
import { RateLimit } from '../platform/rate-limit.ts'
import type { BootRoom } from './boot-room.ts'

/** Lines that the boot of one machine never seen makes: two exchanges of DHCP, a boot program over TFTP, files over HTTP. A rack of a thousand that starts at once must leave its evidence. */
const linesOfBoot = 20

/** Listens until the function that it gives is called. */
export function watchBoots(room: BootRoom): () => void {
  const perMac = new RateLimit({ perMinute: 240, burst: 240 }, room.clock)
  const perMinute = room.config.limits.strangersPerMinute * linesOfBoot
  const ofStrangers = new RateLimit({ perMinute, burst: perMinute }, room.clock)
  const stop = room.events.subscribe(event => { note(room, event, perMac, ofStrangers) })
  const hourly = setInterval(() => { removeOld(room) }, 3_600_000)
  hourly.unref()
  return () => { stop(); clearInterval(hourly) }
}

// A timer that throws would end the process; a full or busy disk is no reason to.
function removeOld(room: BootRoom): void {
  try {
    room.tickets.removeOld()
    room.timeline.removeOld()
  } catch (error) { room.journal.error({ err: error }, 'what is old could not be removed; tried again in an hour') }
}

function note(room: BootRoom, event: BastionEvent, perMac: RateLimit, ofStrangers: RateLimit): void {
  if (event.kind !== 'dhcp' && event.kind !== 'tftp' && event.kind !== 'fetch') return
  const known = event.mac === null ? null : machineOf(room, event.mac)
  // Whoever can send a packet makes a line of dnsmasq: a flood of them must not become a flood of rows.
  if (perMac.take(event.mac ?? '') > 0 || (known === null && ofStrangers.take('') > 0)) return
  if (event.kind === 'dhcp') room.timeline.put({ machine: known, mac: event.mac, phase: 'dhcp', evidence: 'dhcp-log', text: event.text, detail: event.detail })
  if (event.kind === 'tftp') room.timeline.put({ machine: known, mac: event.mac, phase: 'tftp', evidence: 'tftp-log', text: event.text, detail: event.detail })
  if (event.kind === 'fetch') room.timeline.put({ machine: known, mac: event.mac, phase: 'fetch', evidence: 'http', text: event.text, detail: event.detail })
}

function machineOf(room: BootRoom, mac: string): string | null {
  return room.machines.listBriefCandidates({ mac, uuid: null, serial: null })[0]?.id ?? null
}
