// Decides which conditions of a rule a machine meets, for arming and for whoever asks why not.
import type { Facts } from '../../../protocol/facts.ts'
import type { Labels } from '../../../protocol/labels.ts'
import { isJunk } from '../../machines/junk-identities.ts'
import type { RuleMatch } from '../../platform/rule-schema.ts'

/** One condition: what is wanted, and what the machine is. */
export interface Condition { what: string, wanted: string, is: string, fits: boolean }
/** What rules look at. */
export interface Candidate { facts: Facts, macs: readonly string[], labels: Labels }

const gib = 2 ** 30

/** Every condition that the rule has, in its order. The machine fits when all of them do; what is not known fits nothing. */
export function judgeMatch(match: RuleMatch, { facts, macs, labels }: Candidate): Condition[] {
  const { manufacturer, product, serial } = facts.system
  const own = serial === null || isJunk(serial) ? null : serial
  return [
    ...match.vendor === undefined ? [] : [text('vendor', [match.vendor], [manufacturer])],
    ...match.product === undefined ? [] : [text('product', [match.product], [product])],
    ...match.serials === undefined ? [] : [text('serial', match.serials, [own])],
    ...match.macs === undefined ? [] : [text('MAC', match.macs, macs)],
    ...match.firmware === undefined ? [] : [{ what: 'firmware', wanted: match.firmware, is: facts.firmware, fits: match.firmware === facts.firmware }],
    ...match.memoryGib === undefined ? [] : [range('memory in GiB', match.memoryGib, memoryGib(facts))],
    ...match.disks === undefined ? [] : judgeDisks(match.disks, facts),
    ...Object.entries(match.labels ?? {}).map(([key, wanted]) => text(`label ${key}`, [wanted], [labels[key] ?? null])),
  ]
}

/** What the conditions of a rule want, a phrase each. */
export function describeMatch(match: RuleMatch): string[] {
  const nobody: Candidate = { facts: { firmware: 'bios', system: { manufacturer: null, product: null, serial: null }, memory: { totalBytes: 0, modules: [] }, disks: [] } as unknown as Facts, macs: [], labels: {} }
  return judgeMatch(match, nobody).map(({ what, wanted }) => `${what} ${wanted}`)
}

/** Whether a text is what a pattern says: `*` stands for any characters, case does not matter. */
export function fitsPattern(pattern: string, value: string): boolean {
  const parts = pattern.trim().toLowerCase().split('*')
  const given = value.trim().toLowerCase()
  if (parts.length === 1) return given === parts[0]
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (given.length < first.length + last.length || !given.startsWith(first) || !given.endsWith(last)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = given.indexOf(part, at)
    if (found === -1 || found + part.length > given.length - last.length) return false
    at = found + part.length
  }
  return true
}

function text(what: string, patterns: readonly string[], values: readonly (string | null)[]): Condition {
  const known = values.filter(value => value !== null)
  return { what, wanted: patterns.join(' or '), is: known.join(', ') || 'not known', fits: known.some(value => patterns.some(pattern => fitsPattern(pattern, value))) }
}

function range(what: string, { least, most }: { least?: number, most?: number }, is: number): Condition {
  return { what, wanted: between(least, most), is: String(is), fits: is >= (least ?? 0) && is <= (most ?? Infinity) }
}

function between(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && least === most) return String(least)
  return [...least === undefined ? [] : [`at least ${least}`], ...most === undefined ? [] : [`at most ${most}`]].join(', ')
}

/** As bought: what the kernel sees is less than the modules have. */
function memoryGib({ memory }: Facts): number {
  const modules = memory.modules.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return modules > 0 ? Math.floor(modules / gib) : Math.ceil(memory.totalBytes / gib)
}

function judgeDisks(wanted: NonNullable<RuleMatch['disks']>, facts: Facts): Condition[] {
  const disks = facts.disks.filter(disk => !disk.removable)
  const each = (what: string, want: string, fits: (disk: Facts['disks'][number]) => boolean, is: (disk: Facts['disks'][number]) => string): Condition =>
    ({ what: `each disk’s ${what}`, wanted: want, is: disks.map(is).join(', ') || 'no disk', fits: disks.length > 0 && disks.every(fits) })
  const { least, most, leastGib, mostGib, rotational, model } = wanted
  return [
    ...least === undefined && most === undefined ? [] : [range('disks', { ...least === undefined ? {} : { least }, ...most === undefined ? {} : { most } }, disks.length)],
    ...leastGib === undefined && mostGib === undefined ? [] : [each('size in GiB', between(leastGib, mostGib), ({ sizeBytes }) => sizeBytes >= (leastGib ?? 0) * gib && sizeBytes <= (mostGib ?? Infinity) * gib, ({ sizeBytes }) => (sizeBytes / gib).toFixed(1))],
    ...rotational === undefined ? [] : [each('kind', rotational ? 'rotating' : 'not rotating', disk => disk.rotational === rotational, disk => disk.rotational ? 'rotating' : 'not rotating')],
    ...model === undefined ? [] : [each('model', model, disk => disk.model !== null && fitsPattern(model, disk.model), disk => disk.model ?? 'not known')],
  ]
}
