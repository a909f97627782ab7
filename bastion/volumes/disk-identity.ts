// By what a disk is known for good: its by-id names, WWN and serial; never by the kernel's name for it.
import type { Disk } from '../../protocol/facts.ts'

const notHardware = /^(lvm-pv-uuid-|dm-|md-|usb-Linux_|.*-part\d+$)/

/** The by-id names of a disk that belong to the hardware, the most telling first: with the serial in it, then WWN and EUI, then others. */
export function stableNames(disk: Disk): string[] {
  const rank = (name: string): number => {
    if (disk.serial !== null && disk.serial !== '' && name.endsWith(disk.serial.trim().replaceAll(/\s+/g, '_'))) return 0
    return /^(wwn-|nvme-eui\.|nvme-uuid\.)/.test(name) ? 1 : 2
  }
  const order = (a: string, b: string): number => rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1)
  return disk.byId.filter(name => /^[\w.:+=@,-]+$/.test(name) && !notHardware.test(name)).sort(order)
}

/** The best stable name of a disk; null when it has none. */
export const diskName = (disk: Disk): string | null => stableNames(disk)[0] ?? null

/** Whether `identity`, as an operator types it, is this disk: a by-id name (with or without the folder), WWN (with or without 0x) or serial. Never a kernel name. */
export function isDisk(disk: Disk, identity: string): boolean {
  const wanted = identity.trim().replace(/^\/dev\/disk\/by-id\//, '')
  if (wanted === '') return false
  if (stableNames(disk).includes(wanted)) return true
  if (disk.wwn !== null && hex(disk.wwn) !== '' && hex(disk.wwn) === hex(wanted)) return true
  return disk.serial !== null && disk.serial.trim() === wanted
}

/** Why two disks are the same hardware seen twice (two paths of one disk); null when they are not. Different WWNs are different disks: NVMe namespaces share a serial. */
export function sameDisk(a: Disk, b: Disk): string | null {
  if (present(a.wwn) && present(b.wwn)) return hex(a.wwn) === hex(b.wwn) ? `WWN ${a.wwn}` : null
  if (present(a.serial) && present(b.serial) && a.serial.trim() === b.serial.trim() && a.sizeBytes === b.sizeBytes) return `serial ${a.serial.trim()}`
  return null
}

/** A disk in words, for messages: name, what it is, size. */
export function describeDisk(disk: Disk): string {
  const what = [disk.vendor, disk.model].filter(present).map(word => word.trim()).filter(word => word !== '').join(' ')
  return `${diskName(disk) ?? `a disk without identity (now ${disk.name})`}${what === '' ? '' : `, ${what}`}, ${gib(disk.sizeBytes)}`
}

/** A size in GiB with one decimal, for messages. */
export const gib = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`

const present = (value: string | null): value is string => value !== null && value.trim() !== ''
const hex = (wwn: string): string => wwn.trim().toLowerCase().replace(/^(wwn-)?0x/, '')
