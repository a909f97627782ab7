// What a claim of identity that agrees with no one recorded machine leaves behind at /dispatch: the claim, and an alarm on every machine that it may mean.
import type { Machine } from '../machines/machine-store.ts'
import type { BootRoom } from './boot-room.ts'
import type { DispatchRequest } from './dispatch.ts'

/** An operator's word that lets this claim report once, as a sentence; null when there is none. */
export function heardBecause(room: BootRoom, request: DispatchRequest): string | null {
  return room.identities.isHeard({ macs: [request.mac], uuid: request.uuid, serial: request.serial }) ? 'It agrees with no one machine, and an operator lets it report.' : null
}

/** See the file's first line. The machine asks again every minute: the alarm is raised once an hour. */
export function noteLimbo(room: BootRoom, request: DispatchRequest, because: string, machines: readonly Machine[]): void {
  const { mac, uuid, serial, manufacturer, product, address } = request
  room.identities.putClaim({ mac, uuid, serial, manufacturer, product, address, because, machines: machines.map(({ id }) => id) })
  for (const { id } of machines) room.timeline.putAlarm({ machine: id, mac, phase: 'dispatched', evidence: 'http', text: `${mac} at ${address} was refused: ${because}` })
}
