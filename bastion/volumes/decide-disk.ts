// Which disk the system, or a group of its own, goes to: the layout's rule, exactly; never by position in a list, and a tie is never broken by chance.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { DiskRule } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { describeDisk, gib, isDisk, sameDisk, stableNames } from './disk-identity.ts'

/** The chosen disk and why, or why none. */
export type DiskDecision = { kind: 'disk', disk: Disk, because: string } | { kind: 'refused', refusals: Refusal[] }

/** What a disk is wanted for: `rule` as the layout has it, `neededBytes` for all that comes onto it, `purpose` in words for messages ("" for the disk of the system). */
export interface DiskWanted { rule: DiskRule, neededBytes: number, purpose: string }

/** Chooses by the rule among disks that are large enough, fixed, writable, known by a stable identity and not `meant` for something else; where several fit equally, by `wipe` if it names exactly one of them. */
export function decideDisk(wanted: DiskWanted, facts: Facts, wipe: readonly string[], meant: readonly Disk[] = []): DiskDecision {
  const decision = choose(wanted, facts, wipe, meant)
  if (decision.kind === 'disk' || wanted.purpose === '') return decision
  return { kind: 'refused', refusals: decision.refusals.map(refusal => ({ ...refusal, because: `For ${wanted.purpose}: ${refusal.because}` })) }
}

function choose({ rule, neededBytes }: DiskWanted, facts: Facts, wipe: readonly string[], meant: readonly Disk[]): DiskDecision {
  const all = facts.disks.filter(disk => disk.sizeBytes > 0)
  const disks = all.filter(disk => !meant.includes(disk))
  if (disks.length === 0) return refuse('no-disk', facts.disks.length === 0 ? 'The machine reported no disk.' : all.length === 0 ? 'The machine reported only disks of 0 bytes.' : `Every disk is meant for something else: ${all.map(describeDisk).join('; ')}.`, all.length > 0 ? 'Add a disk, or change the rules of the layout.' : 'Check cabling, the controller’s mode and whether its driver is in the RAM disk; then retry.')
  const needed = Math.max(neededBytes, (rule.minimumGib ?? 0) * 2 ** 30)
  const judged = disks.map(disk => ({ disk, unfit: unfit(disk, rule, needed) }))
  const fit = judged.filter(({ unfit }) => unfit.length === 0).map(({ disk }) => disk)
  if (fit.length === 0) {
    const refusals = judged.flatMap(({ disk, unfit }) => unfit.map(({ code, because }) => ({ code, because: `${describeDisk(disk)}: ${because}.`, nextStep: nextSteps[code]! })))
    if (refusals.every(refusal => refusal.code !== 'disk-too-small')) return { kind: 'refused', refusals }
    const largest = disks.reduce((a, b) => (b.sizeBytes > a.sizeBytes ? b : a))
    const sizes = `The layout needs a disk of ${gib(needed)}; the largest is ${describeDisk(largest)}.`
    return { kind: 'refused', refusals: [{ code: 'disk-too-small', because: sizes, nextStep: nextSteps['disk-too-small']! }, ...refusals.filter(refusal => refusal.code !== 'disk-too-small')] }
  }
  for (const [index, disk] of fit.entries()) {
    const twin = all.find(other => other !== disk && !fit.slice(0, index).includes(other) && sameDisk(disk, other) !== null)
    if (twin !== undefined) return refuse('disk-seen-twice', `${describeDisk(disk)} was seen twice, as ${disk.name} and ${twin.name}, both with ${sameDisk(disk, twin)}.`, 'Multipath is not supported yet: connect the disk by one path, and retry. If two disks really share a serial, use another one.')
  }
  return pick(rule, fit, wipe)
}

function pick({ pick }: DiskRule, fit: Disk[], wipe: readonly string[]): DiskDecision {
  const edge = pick === 'largest' ? Math.max(...fit.map(disk => disk.sizeBytes)) : Math.min(...fit.map(disk => disk.sizeBytes))
  const best = pick === 'only' ? fit : fit.filter(disk => disk.sizeBytes === edge)
  const rule = pick === 'only' ? 'the only disk that fits the layout' : `the ${pick} disk that fits the layout`
  if (best.length === 1) return { kind: 'disk', disk: best[0]!, because: rule }
  const named = best.filter(disk => wipe.some(identity => isDisk(disk, identity)))
  if (named.length === 1) return { kind: 'disk', disk: named[0]!, because: `${best.length} disks fit equally, and --wipe names this one` }
  return refuse('disk-tie', `${best.length} disks fit equally (rule: ${pick}): ${best.map(describeDisk).join('; ')}.`, 'Name the one to use with --wipe, or set disk.id in the layout.')
}

const nextSteps: Record<string, string> = {
  'disk-too-small': 'Use a larger disk, or a layout with smaller volumes.',
  'disk-read-only': 'Remove the write protection, and retry.',
  'disk-removable': 'Name it as disk.id in the layout if it is really meant.',
  'disk-no-identity': 'Use a disk that reports a serial or WWN; give a virtual disk a serial.',
  'disk-outside-rule': 'Change the disk rule of the layout, or use another disk.',
  'disk-odd-sectors': 'Use a disk with sectors of 512 or 4096 bytes.',
}

function unfit(disk: Disk, rule: DiskRule, needed: number): { code: string, because: string }[] {
  const found: { code: string, because: string }[] = []
  const no = (code: string, because: string): void => void found.push({ code, because })
  if (disk.sizeBytes < needed) no('disk-too-small', `it has ${gib(disk.sizeBytes)}, the layout needs ${gib(needed)}`)
  if (disk.readOnly) no('disk-read-only', 'it is read-only')
  if ((disk.removable || disk.transport === 'usb') && (rule.id === undefined || !isDisk(disk, rule.id))) no('disk-removable', disk.removable ? 'it is removable' : 'it is connected by USB')
  if (stableNames(disk).length === 0) no('disk-no-identity', 'it has neither by-id name nor serial nor WWN, so it can’t be told from another disk')
  if (2 ** 20 % disk.logicalSectorBytes !== 0) no('disk-odd-sectors', `its sectors have ${disk.logicalSectorBytes} bytes`)
  if (rule.id !== undefined && !isDisk(disk, rule.id)) no('disk-outside-rule', `it is not ${rule.id}`)
  if (rule.maximumGib !== undefined && disk.sizeBytes > rule.maximumGib * 2 ** 30) no('disk-outside-rule', `it is larger than ${rule.maximumGib} GiB`)
  if (rule.rotational !== undefined && rule.rotational !== disk.rotational) no('disk-outside-rule', disk.rotational ? 'it rotates' : 'it does not rotate')
  return found
}

function refuse(code: string, because: string, nextStep: string): DiskDecision {
  return { kind: 'refused', refusals: [{ code, because, nextStep }] }
}
