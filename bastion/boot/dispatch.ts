// Answers /dispatch: gathers the situation, asks the pure decision, does what it says, renders the script.
import type { StoredOrder } from '../install/order-store.ts'
import { intakeTarget } from '../intake/intake-addresses.ts'
import type { Machine } from '../machines/machine-store.ts'
import { labelOf, type BootRoom } from './boot-room.ts'
import { decideBoot, purposeOf, type BootDecision, type BootSituation } from './decide-boot.ts'
import { decideAfterDiscovery, discoveryOs } from './decide-discovery.ts'
import { findIdentity } from './find-identity.ts'
import { heardBecause, noteLimbo } from './note-limbo.ts'
import { renderInstallerScript, renderLocalDiskScript, renderRamdiskScript, renderRefuseScript } from './render-script.ts'

/** Firmware that repeats itself within this time gets the same answer, and nothing is written anew. */
const repeatMs = 15_000

/** What a booting machine's iPXE says of itself, parsed; its address is the connection's. */
export interface DispatchRequest {
  mac: string
  uuid: string | null
  serial: string | null
  manufacturer: string | null
  product: string | null
  architecture: string
  firmware: 'bios' | 'uefi'
  address: string
}

/** The iPXE script for this machine now. */
export function dispatch(room: BootRoom, request: DispatchRequest): { script: string, decision: BootDecision } {
  const { mac } = request
  const identity = findIdentity({ machines: { listCandidates: claim => room.machines.listBriefCandidates({ ...claim, mac }) }, identities: room.identities }, { macs: [mac], uuid: request.uuid, serial: request.serial })
  const machine = identity.kind === 'known' ? identity.machine : null
  const order = machine === null ? null : room.orders.findOpen(machine.id)
  if (machine === null && room.advance.findByMac(request.mac) === null && room.strangers.take('dispatch') > 0) return busy(room, request)
  const decision = decideBoot(situationOf(room, request, identity, machine, order))
  const seen = { machine: machine?.id ?? null, mac: request.mac, phase: 'dispatched', evidence: 'http', text: decision.because, detail: { what: decision.kind === 'refuse' && decision.afterwards === 'retry' ? 'retry' : decision.kind === 'installer' ? 'ramdisk' : decision.kind } }
  room.timeline.putOnce(seen, repeatMs)
  if (decision.alarm && identity.kind === 'limbo') noteLimbo(room, request, identity.because, identity.machines)
  else if (decision.alarm) room.timeline.putAlarm({ ...seen, text: `${decision.because} It asked from ${request.address}.` })
  room.journal.info({ mac: request.mac, address: request.address, machine: machine?.id, kind: decision.kind }, decision.because)
  if (machine !== null && decision.kind !== 'refuse') room.machines.putSeen(machine.id, request.address, room.clock())
  if (decision.kind === 'came-back' && order !== null) end(room, order, 'failed', decision.because)
  if (decision.rescueOver === true && order !== null) end(room, order, 'done', null)
  return { script: scriptOf(room, request, decision, machine, order), decision }
}

function situationOf(room: BootRoom, request: DispatchRequest, identity: ReturnType<typeof findIdentity>, machine: Machine | null, order: StoredOrder | null): BootSituation {
  const source = order === null ? null : room.findOs(order.os)
  const os = discoveryOs(room.config)
  const heard = identity.kind === 'limbo' ? heardBecause(room, request) : identity.kind === 'unknown' ? orderedBecause(room, request.mac) : null
  return {
    identity: heard !== null ? { kind: 'unknown', heard } : identity.kind === 'known' ? { kind: 'known', machine: identity.machine.id, label: labelOf(identity.machine) } : identity,
    order: order === null ? null : { kind: order.kind, state: order.state, name: order.name, attempt: order.attempt, os: order.os, osReady: source?.state === 'ready', because: order.because, byInstaller: source?.kind === 'tree' },
    architecture: request.architecture,
    firmware: request.firmware,
    // Facts are large, and asked for an order alone.
    recordedFirmware: order?.state === 'armed' ? machine?.facts.firmware ?? null : null,
    leased: room.holdsLease(request.address, machine === null ? [request.mac] : machine.macs),
    installedBefore: machine !== null && machine.state !== 'discovered',
    ramdiskMissing: room.ramdisk.state().missing,
    // Whether it is there matters to those alone that nobody knows, and costs a file.
    discoverer: os === null ? null : { os, ready: identity.kind === 'known' || room.findTree(os) !== null },
    afterDiscovery: decideAfterDiscovery(room.config),
    afterFailure: room.config.boot.afterFailure,
  }
}

/** An order waits for this MAC, as a sentence; null when none does. */
function orderedBecause(room: BootRoom, mac: string): string | null {
  const order = room.advance.findByMac(mac)
  return order === null ? null : `Never seen, and ordered already, as ${order.name}: discover it.`
}

function scriptOf(room: BootRoom, request: DispatchRequest, decision: BootDecision, machine: Machine | null, order: StoredOrder | null): string {
  const uefi = request.firmware === 'uefi'
  const { bootUrl } = room
  const { because } = decision
  if (decision.kind === 'refuse') return renderRefuseScript({ bootUrl, because, retry: decision.afterwards === 'retry', retrySeconds: 60, uefi })
  if (decision.kind !== 'ramdisk' && decision.kind !== 'installer') return renderLocalDiskScript({ because, uefi })
  const ordered = decision.purpose === 'discover' ? null : order
  const secret = room.recentTickets.secretFor({
    purpose: ordered === null ? 'discover' : purposeOf(ordered.kind), machine: machine?.id ?? null, order: ordered?.id ?? null, attempt: ordered?.attempt ?? null,
    mac: request.mac, uuid: request.uuid, serial: request.serial,
  }, request.address)
  const { console: consoles, arguments: kernelArguments } = room.config.ramdisk
  const tree = decision.kind === 'installer' ? room.findTree(ordered?.os ?? discoveryOs(room.config) ?? '') : null
  if (tree !== null) return renderInstallerScript({ bootUrl, because, ticket: secret, os: tree.name, kernel: tree.kernel.path, initrd: tree.initrd.path, logIntake: intakeTarget(room.config), consoles, kernelArguments })
  return renderRamdiskScript({ bootUrl, because, ticket: secret, firmwareImage: room.config.ramdisk.firmware && room.ramdisk.state().hasFirmware, consoles, kernelArguments })
}

/** So many machines never seen at once are a flood, or a rack that can wait for half a minute; those that are known are served meanwhile. */
function busy(room: BootRoom, request: DispatchRequest): { script: string, decision: BootDecision } {
  const because = 'Too many machines never seen before ask at the same time.'
  return { script: failureScript(room, because, request.firmware === 'uefi'), decision: { kind: 'refuse', afterwards: 'retry', because, alarm: false } }
}

function end(room: BootRoom, order: StoredOrder, state: 'failed' | 'done', because: string | null): void {
  if (!room.orders.putState(order.id, ['installing'], state, because)) return
  if (because !== null) room.timeline.put({ machine: order.machine, mac: null, phase: 'failed', evidence: 'http', text: because })
  room.events.publish({ kind: 'order-changed', machine: order.machine, order: order.id })
}

/** The script for a failure inside the bastion: firmware still gets something that it understands. */
export function failureScript(room: Pick<BootRoom, 'bootUrl'>, because: string, uefi: boolean): string {
  return renderRefuseScript({ bootUrl: room.bootUrl, because, retry: true, retrySeconds: 30, uefi })
}
