import type { BootRoom } from './boot-room.ts'

/** Whose an address most probably is: of the machine that holds its lease, else that dispatched from there last. A guess that is good enough to sort lines by, and for nothing else. */
export function findSender(room: Pick<BootRoom, 'fetches' | 'machines'>, address: string): { machine: string | null, mac: string | null, address: string } {
  const mac = room.fetches.macOf(address)
  const machine = mac === null ? room.machines.findByAddress(address) : room.machines.listBriefCandidates({ mac, uuid: null, serial: null })[0]?.id ?? null
  return { machine, mac, address }
}
