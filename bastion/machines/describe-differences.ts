// What changed in a machine's hardware between two reports, as sentences for its timeline. What installs change (partitions, volumes, file systems) is not hardware.
import type { Disk, Facts } from '../../protocol/facts.ts'

/** One difference: what it is about, what was and what is. `exchanged`: parts of which a machine has several. */
export interface Change { what: string, was: string | null, is: string | null, exchanged: boolean }

/** The differences as sentences, empty when there are none. Disks are told apart by serial, WWN or by-id name, never by kernel name. Quotes what machines wrote as it is: the reader escapes. */
export function describeDifferences(before: Facts, after: Facts): string[] {
  return listChanges(before, after).map(({ what, was, is, exchanged }) => {
    if (!exchanged) return `${what} changed: ${was ?? 'none'} → ${is ?? 'none'}`
    return was === null ? `${what} added: ${is}` : is === null ? `${what} removed: ${was}` : `${what} replaced: ${was} → ${is}`
  })
}

/** The same, field by field. */
export function listChanges(before: Facts, after: Facts): Change[] {
  return [
    ...changed('architecture', before.architecture, after.architecture),
    ...changed('firmware kind', before.firmware, after.firmware),
    ...changed('SMBIOS UUID', before.system.uuid, after.system.uuid),
    ...changed('serial number', before.system.serial, after.system.serial),
    ...changed('board serial number', before.system.boardSerial, after.system.boardSerial),
    ...changed('manufacturer', before.system.manufacturer, after.system.manufacturer),
    ...changed('product', before.system.product, after.system.product),
    ...changed('firmware version', before.system.biosVersion, after.system.biosVersion),
    ...changed('processor', processor(before), processor(after)),
    ...changed('memory', memory(before), memory(after)),
    ...exchanged('memory module', modules(before), modules(after)),
    ...exchanged('network interface', before.nics.map(nic => nic.mac), after.nics.map(nic => nic.mac)),
    ...disksExchanged(before.disks, after.disks),
    ...resized(before.disks, after.disks),
    ...changed('TPM', before.tpm, after.tpm),
    ...changed('BMC', before.bmc ? 'present' : null, after.bmc ? 'present' : null),
  ]
}

function changed(what: string, was: string | null, is: string | null): Change[] {
  return was === is ? [] : [{ what, was, is, exchanged: false }]
}

function exchanged(what: string, was: readonly string[], is: readonly string[]): Change[] {
  const gone = without(was, is)
  const come = without(is, was)
  if (gone.length === 1 && come.length === 1) return [{ what, was: gone[0]!, is: come[0]!, exchanged: true }]
  return [...gone.map(one => ({ what, was: one, is: null, exchanged: true })), ...come.map(one => ({ what, was: null, is: one, exchanged: true }))]
}

/** With the kernel's name, for people; a disk in the place of one that is gone, by that name, was put there instead of it. */
function disksExchanged(before: readonly Disk[], after: readonly Disk[]): Change[] {
  const gone = before.filter(disk => without(before.map(diskIdentity), after.map(diskIdentity)).includes(diskIdentity(disk)))
  const come = after.filter(disk => without(after.map(diskIdentity), before.map(diskIdentity)).includes(diskIdentity(disk)))
  if (gone.length === 1 && come.length === 1) return [{ what: `disk ${come[0]!.name}`, was: diskIdentity(gone[0]!), is: diskIdentity(come[0]!), exchanged: true }]
  const replaced = gone.flatMap(disk => {
    const place = come.find(other => other.name === disk.name)
    return place === undefined ? [] : [[disk, place] as const]
  })
  return [
    ...replaced.map(([disk, place]) => ({ what: `disk ${place.name}`, was: diskIdentity(disk), is: diskIdentity(place), exchanged: true })),
    ...gone.filter(disk => !replaced.some(([was]) => was === disk)).map(disk => ({ what: `disk ${disk.name}`, was: diskIdentity(disk), is: null, exchanged: true })),
    ...come.filter(disk => !replaced.some(([, is]) => is === disk)).map(disk => ({ what: `disk ${disk.name}`, was: null, is: diskIdentity(disk), exchanged: true })),
  ]
}

// Of two equal ones (modules without a serial), one may be gone.
function without(all: readonly string[], others: readonly string[]): string[] {
  const left = [...others]
  return all.filter(one => {
    const at = left.indexOf(one)
    if (at !== -1) left.splice(at, 1)
    return at === -1
  })
}

function resized(before: readonly Disk[], after: readonly Disk[]): Change[] {
  return after.flatMap(disk => {
    const was = before.filter(other => diskIdentity(other) === diskIdentity(disk))
    return was.length === 1 && was[0]!.sizeBytes !== disk.sizeBytes ? [{ what: `size of disk ${disk.name}, ${diskIdentity(disk)},`, was: `${was[0]!.sizeBytes} bytes`, is: `${disk.sizeBytes} bytes`, exchanged: false }] : []
  })
}

function diskIdentity(disk: Disk): string {
  if (disk.serial !== null) return `serial ${disk.serial}`
  if (disk.wwn !== null) return `WWN ${disk.wwn}`
  return disk.byId[0] ?? 'without serial'
}

function processor({ cpu }: Facts): string {
  return `${cpu.model ?? 'unknown'}, ${cpu.sockets} sockets, ${cpu.cores} cores, ${cpu.threads} threads`
}

// Without a list of modules the figure is the kernel's, which varies by a few MiB with its version.
function memory({ memory }: Facts): string {
  return memory.modules.length > 0 ? `${memory.totalBytes / 2 ** 20} MiB` : `about ${Math.round(memory.totalBytes / 2 ** 28) / 4} GiB`
}

function modules({ memory }: Facts): string[] {
  return memory.modules.map(module => `${module.locator ?? 'slot unknown'}, ${module.sizeBytes / 2 ** 20} MiB${module.serial === null ? '' : `, serial ${module.serial}`}`)
}
