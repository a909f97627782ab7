// What changed in a machine's hardware between two reports, as sentences for its timeline. What installs change (partitions, volumes, file systems) is not hardware.
import type { Disk, Facts } from '../../protocol/facts.ts'

/** The differences, empty when there are none. Disks are told apart by serial, WWN or by-id name, never by kernel name. Quotes what machines wrote as it is: the reader escapes. */
export function describeDifferences(before: Facts, after: Facts): string[] {
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
    ...exchanged('disk', before.disks.map(diskIdentity), after.disks.map(diskIdentity)),
    ...resized(before.disks, after.disks),
    ...changed('TPM', before.tpm, after.tpm),
    ...changed('BMC', before.bmc ? 'present' : null, after.bmc ? 'present' : null),
  ]
}

function changed(what: string, was: string | null, is: string | null): string[] {
  return was === is ? [] : [`${what} changed: ${was ?? 'none'} → ${is ?? 'none'}`]
}

function exchanged(what: string, was: readonly string[], is: readonly string[]): string[] {
  const gone = without(was, is)
  const come = without(is, was)
  if (gone.length === 1 && come.length === 1) return [`${what} replaced: ${gone[0]} → ${come[0]}`]
  return [...gone.map(one => `${what} removed: ${one}`), ...come.map(one => `${what} added: ${one}`)]
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

function resized(before: readonly Disk[], after: readonly Disk[]): string[] {
  return after.flatMap(disk => {
    const was = before.filter(other => diskIdentity(other) === diskIdentity(disk))
    return was.length === 1 && was[0]!.sizeBytes !== disk.sizeBytes ? [`disk changed size: ${diskIdentity(disk)}, ${was[0]!.sizeBytes} → ${disk.sizeBytes} bytes`] : []
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
