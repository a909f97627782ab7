// Reads a timeline's entries as the words of a boot: one plain name per entry, whatever its text says.
import type { TimelineEntry } from '../../../protocol/machines.ts'

/** One thing that was seen. `rank`: how far in a boot it stands; 0 for what may come at any time. */
export interface Word {
  kind: string
  rank: number
  at: number
  text: string
  architecture: number | null
  file: string | null
}

/** Whose program asked for an address: the firmware's, iPXE's, or that of a RAM disk or an installed system. */
const clientRanks: Readonly<Record<string, number>> = { firmware: 1, ipxe: 3 }
const phaseRanks: Readonly<Record<string, number>> = { kernel: 7, ramdisk: 8, facts: 9, rescue: 10, disks: 10, image: 11, packages: 11, configure: 12, erased: 13, failed: 13, reboot: 14, 'first-boot': 15, enrolled: 16, online: 17 }
/** What the boot plane sends, by file. */
const files: Readonly<Record<string, string>> = { 'boot.ipxe': 'script', 'vmlinuz': 'kernel-file', 'ramdisk.img': 'ramdisk-file', 'firmware.img': 'firmware-file', 'initrd.img': 'ramdisk-file', 'install.img': 'installer-file' }
const fileRanks: Readonly<Record<string, number>> = { 'script': 4, 'kernel-file': 6, 'ramdisk-file': 6, 'firmware-file': 6, 'installer-file': 8 }

/** The words among the entries, in their order. What operators did is none, and neither are alarms about what somebody else did. */
export function parseWords(history: readonly TimelineEntry[]): Word[] {
  return history.flatMap(entry => {
    const named = nameOf(entry)
    return named === null ? [] : [{ ...named, at: entry.at, text: entry.text, architecture: entry.detail?.architecture ?? null, file: entry.detail?.file ?? null }]
  })
}

function nameOf({ phase, alarm, detail }: TimelineEntry): { kind: string, rank: number } | null {
  const what = detail?.what ?? null
  if (phase === 'dhcp') return what === null ? null : { kind: `${detail?.client ?? 'system'}-${what}`, rank: own(clientRanks, detail?.client ?? '') ?? 0 }
  if (phase === 'tftp') return { kind: `tftp-${what ?? 'sent'}`, rank: 2 }
  if (phase === 'fetch') return fetched(detail?.file ?? '', what === 'broken')
  if (phase === 'dispatched') return { kind: `dispatched-${what ?? 'unknown'}`, rank: 5 }
  if (phase === 'overlay') return alarm ? { kind: 'overlay-refused', rank: 6 } : null
  if (alarm) return null
  if (phase === 'ramdisk' && what === 'order-given') return { kind: 'order-given', rank: 8 }
  const rank = own(phaseRanks, phase)
  return rank === undefined ? null : { kind: phase, rank }
}

function fetched(file: string, broken: boolean): { kind: string, rank: number } | null {
  if (file.endsWith('.tar') || file.endsWith('.tar.zst')) return { kind: broken ? 'image-file-broken' : 'image-file', rank: 0 }
  const kind = own(files, file) ?? 'program'
  return { kind: broken ? `${kind}-broken` : kind, rank: own(fileRanks, kind) ?? 2 }
}

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => Object.hasOwn(table, key) ? table[key] : undefined
