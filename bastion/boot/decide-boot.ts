// Decides what a booting machine gets, for /dispatch. The table of docs/boot-process.md, row by row; the first row that fits wins.
import type { OrderKind, OrderState } from '../../protocol/machines.ts'
import type { Purpose } from './ticket-store.ts'

/** Everything the decision depends on. */
export interface BootSituation {
  /** What the identity it claims means here; `limbo` when that can't be told, unless an operator lets it report (`heard`: in these words). */
  identity: { kind: 'unknown', heard?: string } | { kind: 'known', machine: string, label: string } | { kind: 'limbo', because: string }
  /** The machine's open order, with what its machine is known to be. `byInstaller`: its system comes from an installation tree. */
  order: { kind: OrderKind, state: OrderState, name: string, attempt: number, os: string, osReady: boolean, because: string | null, byInstaller?: boolean } | null
  /** As iPXE names it (`buildarch`). */
  architecture: string
  /** As iPXE names it. */
  firmware: 'bios' | 'uefi'
  /** What discovery recorded; null when the machine is unknown, and where no order is armed. */
  recordedFirmware: 'bios' | 'uefi' | null
  /** The source address holds a lease of one of its MACs; null where the bastion does not own DHCP. */
  leased: boolean | null
  installedBefore: boolean
  /** The installation tree whose installer discovers machines; null where the RAM disk does. */
  discoverer: { os: string, ready: boolean } | null
  /** Why there is no RAM disk to give, or null. */
  ramdiskMissing: string | null
  afterDiscovery: 'wait' | 'local-disk' | 'poweroff' | 'reboot'
  afterFailure: 'local-disk' | 'wait'
}

/** What a booting machine gets, with the reason that goes to the log, the timeline, the screen and the operator alike. `rescueOver`: its rescue has ended, since it started again. */
export type BootDecision = { because: string, alarm: boolean, rescueOver?: true } & (
  | { kind: 'ramdisk', purpose: Purpose }
  | { kind: 'installer', purpose: 'install' | 'discover' }
  | { kind: 'local-disk' }
  | { kind: 'refuse', afterwards: 'local-disk' | 'retry' }
  | { kind: 'came-back' }
)

/** What an order does, as a thing that fails or is left unfinished. */
export const deeds: Record<OrderKind, string> = { install: 'installation', reprovision: 'reprovision', rescue: 'rescue', erase: 'erasing' }

/** See the file's first line. */
export function decideBoot(situation: BootSituation): BootDecision {
  const { identity, order, leased } = situation
  const stranger = leased === false
  const foreignArchitecture = situation.architecture !== 'x86_64' && situation.architecture !== 'i386'
  const waits = situation.afterDiscovery === 'wait' && situation.discoverer === null
  const firmwareChanged = situation.recordedFirmware !== null && situation.recordedFirmware !== situation.firmware
  const writesSystem = order?.kind === 'install' || order?.kind === 'reprovision'
  const byInstaller = order?.state === 'armed' && writesSystem && order.byInstaller === true

  if (identity.kind === 'limbo') return refuse(identity.because, 'retry', true)
  if (order !== null && order.state !== 'failed' && stranger) return refuse(`Asked for ${order.name} from an address that holds no lease of that machine.`, 'retry', true)
  if (order?.state === 'contested') return refuse(`The order for ${order.name} is contested: two keys used its ticket. An operator must resolve it.`, 'local-disk', false)
  if (order?.state === 'installing' && order.kind === 'rescue') {
    const next = decideBoot({ ...situation, order: null })
    return { ...next, because: `The rescue of ${order.name} is over: it started again. ${next.because}`, rescueOver: true }
  }
  if (order?.state === 'installing') return { kind: 'came-back', because: `${order.name} came back without finishing its ${deeds[order.kind]}.`, alarm: false }
  if (foreignArchitecture) return refuse(`No RAM disk for ${situation.architecture} here; only x86-64.`, 'local-disk', false)
  if (order?.state === 'armed' && writesSystem && firmwareChanged) return refuse(`${order.name} was discovered with ${situation.recordedFirmware} firmware and now starts with ${situation.firmware}.`, 'local-disk', false)
  if (order?.state === 'armed' && writesSystem && !order.osReady) return refuse(`The ${byInstaller ? 'installation tree' : 'image'} of ${order.os} for ${order.name} is not there any more.`, 'retry', false)
  if (byInstaller) return { kind: 'installer', purpose: 'install', because: armed(order), alarm: false }
  if (situation.ramdiskMissing !== null && (order?.state === 'armed' || (identity.kind === 'unknown' && situation.discoverer === null) || (waits && !situation.installedBefore))) return refuse(situation.ramdiskMissing, 'retry', false)
  if (order?.state === 'armed') return { kind: 'ramdisk', purpose: purposeOf(order.kind), because: armed(order), alarm: false }
  if (order?.state === 'failed') {
    const because = `The ${deeds[order.kind]} of ${order.name} failed: ${order.because ?? 'no reason was kept'}`
    return situation.afterFailure === 'wait' && situation.ramdiskMissing === null ? { kind: 'ramdisk', purpose: 'discover', because, alarm: false } : localDisk(because)
  }
  if (identity.kind === 'unknown') return discover(situation.discoverer, identity.heard ?? 'Never seen: discover it.')
  if (situation.installedBefore) return localDisk(`${identity.label} is installed.`)
  if (waits) return { kind: 'ramdisk', purpose: 'discover', because: `${identity.label} is known and has no order: wait for one.`, alarm: false }
  return localDisk(`${identity.label} is known and has no order.${situation.discoverer === null ? '' : ' One begins with its next network boot.'}`)
}

/** An installer whose tree is gone is not stood in for by the RAM disk: the configuration says what machines are to be discovered by. */
function discover(by: BootSituation['discoverer'], because: string): BootDecision {
  if (by === null) return { kind: 'ramdisk', purpose: 'discover', because, alarm: false }
  return by.ready ? { kind: 'installer', purpose: 'discover', because, alarm: false } : refuse(`The installation tree ${by.os}, whose installer discovers machines, is not there.`, 'retry', false)
}

/** What a ticket for an order is made for: install and reprovision are one thing to the RAM disk. */
export const purposeOf = (kind: OrderKind): Exclude<Purpose, 'discover'> => kind === 'reprovision' ? 'install' : kind

function armed({ kind, os, name, attempt }: NonNullable<BootSituation['order']>): string {
  const what = { install: `Install ${os} as ${name}`, reprovision: `Reprovision ${name} with ${os}, keeping its data`, rescue: `Rescue ${name}: SSH in RAM, no disk is touched`, erase: `Erase disks of ${name}` }[kind]
  return `${what}, attempt ${attempt}.`
}

function refuse(because: string, afterwards: 'local-disk' | 'retry', alarm: boolean): BootDecision {
  return { kind: 'refuse', afterwards, because, alarm }
}

function localDisk(because: string): BootDecision {
  return { kind: 'local-disk', because, alarm: false }
}
