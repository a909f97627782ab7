// Decides whether a machine is the one that an order names by its system's serial or UUID and a disk, for orders that were given before it was seen.
import type { Facts } from '../../../protocol/facts.ts'
import type { NamedIdentity } from '../../../protocol/machines.ts'
import { swapped } from '../../machines/judge-identity.ts'
import { isJunk } from '../../machines/junk-identities.ts'
import { describeDisk, isDisk } from '../../volumes/disk-identity.ts'

/** `agrees`: a serial or UUID of its own and a disk were named, and all that was named is so. `unproven`: nothing contradicts, but too little was named. `differs`: something named is otherwise. */
export type NamedJudgement = { kind: 'agrees', because: string } | { kind: 'unproven', because: string } | { kind: 'differs', because: string }

/** Serials that QEMU gives to disks of its own accord: every virtual machine has them. */
const emulated = /^qm\d{5}$/i

/** Judges all that was named. `isShared`: whether an operator said that more than one machine has a UUID or serial; such a one, and known junk, proves nothing. */
export function judgeNamedIdentity(named: NamedIdentity, { system, disks }: Pick<Facts, 'system' | 'disks'>, isShared: (value: string) => boolean = () => false): NamedJudgement {
  const board = [
    ...named.uuid === undefined ? [] : [{ text: `UUID ${named.uuid}`, value: named.uuid, agrees: [system.uuid, swapped(system.uuid)].some(uuid => same(uuid, named.uuid!)), is: system.uuid ?? 'none' }],
    ...named.serial === undefined ? [] : [{ text: `serial ${named.serial}`, value: named.serial, agrees: same(system.serial, named.serial), is: system.serial ?? 'none' }],
  ]
  const drives = (named.disks ?? []).map(disk => ({ text: `disk ${disk}`, value: disk, agrees: disks.filter(found => isDisk(found, disk)).length === 1, is: disks.map(describeDisk).join('; ') || 'none' }))
  const wrong = [...board, ...drives].filter(({ agrees }) => !agrees)
  if (wrong.length > 0) return { kind: 'differs', because: `the order names ${wrong.map(({ text, is }) => `${text}, and the machine has ${is}`).join('; ')}` }
  const proves = (value: string) => !isJunk(value) && !isShared(value) && !emulated.test(value.trim())
  const missing = [...board.some(({ value }) => proves(value)) ? [] : ['no serial or UUID of the system'], ...drives.some(({ value }) => proves(value)) ? [] : ['no disk by its serial']]
  if (missing.length > 0) return { kind: 'unproven', because: `the order names ${missing.join(' and ')} that could prove that this is the machine that was meant` }
  return { kind: 'agrees', because: `${[...board, ...drives].map(({ text }) => text).join(', ')} ${board.length + drives.length === 1 ? 'is' : 'are'} as the order names ${board.length + drives.length === 1 ? 'it' : 'them'}` }
}

const same = (is: string | null, wanted: string): boolean => is !== null && is.trim().toLowerCase() === wanted.trim().toLowerCase()
