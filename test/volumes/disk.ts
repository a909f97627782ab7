// Disks of the lab: what they are, and their image files on the host.
import { execFileSync } from 'node:child_process'
import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** A disk of a machine in the lab. Its image is `file` in the machine's folder. */
export interface LabDisk {
  file: string
  serial: string
  /** Taken from the file where it is left out. */
  sizeMib?: number
  sectorBytes?: 512 | 4096
  /** As `0x…`; left out: what the kernel's SCSI target makes of the serial. */
  wwn?: string
  /** Further names under /dev/disk/by-id. */
  names?: readonly string[]
  vendor?: string
  model?: string
  /** Attached this often, as over several paths. */
  paths?: number
  /** Reads and writes of this range of bytes fail from the beginning; the name is that of the device-mapper device below, for scripts that change it later. */
  flaky?: { name: string, fromMib?: number, toMib?: number }
}

/** Makes an image that is missing, empty. */
export function makeImage(folder: string, disk: LabDisk): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, disk.file)
  if (existsSync(path)) return
  const file = openSync(path, 'w', 0o600)
  try { ftruncateSync(file, (disk.sizeMib ?? 0) * 2 ** 20) } finally { closeSync(file) }
}

/** Copies every file of a folder; holes stay holes. */
export function copyImages(from: string, to: string): void {
  mkdirSync(to, { recursive: true, mode: 0o700 })
  execFileSync('cp', ['-r', '--sparse=always', '--reflink=auto', '--', `${from}/.`, to], { timeout: 120_000 })
}

/** The shell that attaches these disks; the images' folder is open by then. */
export function attachScript(folder: string, disks: readonly LabDisk[]): string {
  const lines = disks.flatMap((disk, number) => {
    const bytes = statSync(join(folder, disk.file)).size
    const words = [number, quote(disk.file), bytes, quote(disk.serial), disk.sectorBytes ?? 512, quote(disk.vendor ?? ''), quote(disk.model ?? '')]
    const core = disk.flaky === undefined ? [`core_file ${words.join(' ')} || exit 1`] : [`flaky_device ${quote(disk.flaky.name)} ${quote(disk.file)} ${disk.flaky.fromMib ?? 0} ${disk.flaky.toMib ?? 0} || exit 1`, `core_device ${number} "$flaky" ${words.slice(2).join(' ')} || exit 1`]
    return [...core, ...Array.from({ length: disk.paths ?? 1 }, (_, path) => `attach_core ${number + 64 * path} "$core" || exit 1`)]
  })
  return ['set -u', 'rm -f /run/lab/disks', ...disks.flatMap(described), ...lines, `wait_for_disks ${disks.reduce((sum, disk) => sum + (disk.paths ?? 1), 0)}`].join('\n')
}

/** What udev is to believe of a disk, where it is more than its serial. */
function described(disk: LabDisk): string[] {
  const links = (disk.names ?? []).slice(0, 6).map((name, index) => [`LAB_LINK_${index}`, `disk/by-id/${name}`])
  if (disk.wwn === undefined) return links.length === 0 ? [] : [told(disk.serial, Object.fromEntries(links))]
  const wwn = disk.wwn.startsWith('0x') ? disk.wwn : `0x${disk.wwn}`
  const short = wwn.slice(2)
  const name = (text: string) => text.trim().replaceAll(/[^A-Za-z0-9#+.:=@_-]+/g, '_')
  const values = {
    ID_BUS: 'scsi', ID_TYPE: 'disk', ID_SCSI: '1', ID_SERIAL: `3${short}`, ID_SERIAL_SHORT: short, ID_SCSI_SERIAL: disk.serial, ID_WWN: wwn, ID_WWN_WITH_EXTENSION: wwn,
    ID_VENDOR: name(disk.vendor ?? 'LIO-ORG'), ID_MODEL: name(disk.model ?? 'disk'),
    ...Object.fromEntries(links),
  }
  return [told(disk.serial, values)]
}

function told(serial: string, values: Record<string, string>): string {
  return `printf '%s\\n' ${quote([serial, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join('|'))} >>/run/lab/disks`
}

/** A word for sh(1). */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

