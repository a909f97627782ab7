// What a machine is made of, as tables for `provision describe`.
import type { Disk, Facts, Signature } from '../../protocol/facts.ts'
import type { Span } from './render-spans.ts'
import { renderSize } from './render-size.ts'

/** A titled table; `head` null for two columns of name and value. */
export interface FactsPart { title: string, head: readonly string[] | null, rows: readonly (readonly Span[])[] }

/** The parts of a machine's facts that a person asks for, in the order in which they ask. */
export function renderFacts(facts: Facts): FactsPart[] {
  return [hardware(facts), memory(facts), disks(facts), partitions(facts), nics(facts), lvm(facts), raid(facts), bootOrder(facts)].filter(part => part !== null)
}

const size = (bytes: number | null) => bytes === null ? '-' : renderSize(bytes)

function hardware({ cpu, system, architecture, firmware, memory, bmc, tpm, clock }: Facts): FactsPart {
  const apart = clock.systemEpoch === null || clock.rtcEpoch === null ? '-' : `${Math.abs(clock.systemEpoch - clock.rtcEpoch)} s between system and hardware clock`
  return {
    title: 'Hardware', head: null, rows: [
      ['  CPU', `${cpu.model ?? 'unknown'}: ${cpu.sockets} socket(s), ${cpu.cores} core(s), ${cpu.threads} thread(s)`], ['  architecture', `${architecture}, ${firmware}`],
      ['  memory', size(memory.totalBytes)], ['  BIOS', [system.biosVendor, system.biosVersion].filter(part => part !== null).join(' ') || '-'],
      ['  board serial', system.boardSerial ?? '-'], ['  asset tag', system.assetTag ?? '-'], ['  BMC', bmc ? 'yes' : 'no'], ['  TPM', tpm ?? 'none'], ['  clocks', apart],
    ],
  }
}

function memory({ memory: { modules } }: Facts): FactsPart | null {
  if (modules.length === 0) return null
  return { title: 'Memory modules', head: ['  SLOT', 'SIZE', 'TYPE', 'MT/S', 'MAKER', 'PART', 'SERIAL'], rows: modules.map(module => [
    `  ${module.locator ?? '-'}`, module.sizeBytes === 0 ? 'empty' : size(module.sizeBytes), module.type ?? '-', String(module.speedMtps ?? '-'), module.manufacturer ?? '-', module.partNumber ?? '-', module.serial ?? '-',
  ]) }
}

/** by-id names that stand for what lies on a disk, or for the adapter; `--wipe` does not take them. */
const notHardware = /^(lvm-pv-uuid-|dm-|md-|usb-Linux_)/

/** What `--wipe` takes for a disk: its by-id names, WWN and serial, the ones most worth typing first. */
export function diskIdentities(disk: Disk): string[] {
  const names = disk.byId.filter(name => !notHardware.test(name)).sort((one, other) => one.length - other.length)
  return [...new Set([...names, disk.wwn, disk.serial].filter((name): name is string => name !== null && name !== ''))]
}

function disks({ disks: all }: Facts): FactsPart {
  return { title: 'Disks (any identity can be given to --wipe)', head: ['  DISK', 'SIZE', 'KIND', 'MODEL', 'HOLDS', 'IDENTITIES'], rows: all.map(disk => [
    { text: `  ${disk.name}`, tone: 'strong' }, size(disk.sizeBytes), `${disk.transport ?? '-'}${disk.rotational ? ', rotating' : ''}${disk.removable ? ', removable' : ''}${disk.readOnly ? ', read-only' : ''}`,
    [disk.vendor, disk.model].filter(part => part !== null).join(' ').trim() || '-', holds(disk), diskIdentities(disk).join(' ') || { text: 'none: it cannot be chosen', tone: 'warning' },
  ]) }
}

function holds(disk: Disk): Span {
  const parts = [...disk.signature === null ? [] : [named(disk.signature)], ...disk.table === null ? [] : [`${disk.table.type}, ${disk.partitions.length} partition(s)`]]
  return parts.length === 0 ? { text: 'nothing', tone: 'faint' } : parts.join(', ')
}

function named(signature: Signature): string {
  return `${signature.type}${signature.label === null ? '' : ` "${signature.label}"`}`
}

function partitions({ disks: all }: Facts): FactsPart | null {
  const rows = all.flatMap(disk => disk.partitions.map(part => [`  ${part.name}`, size(part.sizeBytes), part.signature === null ? 'nothing known' : named(part.signature), part.label ?? '-', part.partUuid ?? '-']))
  return rows.length === 0 ? null : { title: 'Partitions', head: ['  PARTITION', 'SIZE', 'HOLDS', 'LABEL', 'PARTUUID'], rows }
}

function nics({ nics: all }: Facts): FactsPart {
  return { title: 'Network', head: ['  NIC', 'MAC', 'DRIVER', 'LINK'], rows: all.map(nic => [
    `  ${nic.name}`, nic.mac, nic.driver ?? '-', nic.linkUp === null ? '-' : nic.linkUp ? `up${nic.speedMbps === null ? '' : `, ${nic.speedMbps} Mb/s`}` : 'down',
  ]) }
}

function lvm({ lvm: { logicalVolumes, volumeGroups, warnings } }: Facts): FactsPart | null {
  if (volumeGroups.length === 0 && logicalVolumes.length === 0 && warnings.length === 0) return null
  const rows: Span[][] = [
    ...volumeGroups.map(group => [`  ${group.name}`, 'group', size(group.sizeBytes), `${size(group.freeBytes)} free${group.partial ? ', a disk is missing' : ''}${group.exported ? ', exported' : ''}`]),
    ...logicalVolumes.map(volume => [`  ${volume.group}/${volume.name}`, volume.segmentType, size(volume.sizeBytes), volume.signature === null ? '-' : named(volume.signature)]),
    ...warnings.map(warning => ['  ', { text: 'warning', tone: 'warning' as const }, '', warning]),
  ]
  return { title: 'LVM', head: ['  VOLUME', 'KIND', 'SIZE', 'HOLDS'], rows }
}

function raid({ raid: arrays }: Facts): FactsPart | null {
  return arrays.length === 0 ? null : { title: 'RAID', head: ['  ARRAY', 'LEVEL', 'MEMBERS'], rows: arrays.map(array => [`  ${array.name ?? array.uuid}`, array.level ?? '-', array.members.map(member => member.device).join(', ')]) }
}

function bootOrder({ boot: { order, current } }: Facts): FactsPart | null {
  return order.length === 0 ? null : { title: 'Boot order', head: null, rows: order.map(entry => [`  ${entry.id}`, `${entry.label}${entry.active ? '' : ' (inactive)'}${entry.id === current ? ' (booted from now)' : ''}`]) }
}
