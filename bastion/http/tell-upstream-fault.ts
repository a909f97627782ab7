// What a mirror did not give becomes a line in the timeline of the machine that waits for it: its own log would only speak of us.
import { findSender } from '../boot/find-sender.ts'
import type { BootRoom } from '../boot/boot-room.ts'
import { BastionError } from '../platform/bastion-error.ts'

/** A package manager asks for hundreds of files of a mirror that is gone. */
const tellEveryMs = 60_000
const mostAddresses = 4096

/** Gives a function that tells of a file which a machine at `address` does not get; at most one line a minute for each. */
export function tellUpstreamFault(room: Pick<BootRoom, 'clock' | 'timeline' | 'fetches' | 'machines'>): (address: string, os: string, path: string, cause: Error) => void {
  const toldAt = new Map<string, number>()
  return (address, os, path, cause) => {
    const sender = findSender(room, address)
    const now = room.clock()
    if ((sender.machine === null && sender.mac === null) || now - (toldAt.get(address) ?? -Infinity) < tellEveryMs) return
    if (toldAt.size >= mostAddresses) toldAt.clear()
    toldAt.set(address, now)
    const nextStep = cause instanceof BastionError && cause.nextStep !== null ? ` ${cause.nextStep}` : ''
    room.timeline.put({ machine: sender.machine, mac: sender.mac, phase: 'mirror', evidence: 'bastion', text: `${path} of ${os} did not come from its mirror, and the machine was told so: ${cause.message}${nextStep}` })
  }
}
