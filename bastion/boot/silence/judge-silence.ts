// Decides what the silence of a machine most probably means, from what was seen of it. Advances and changes nothing.
import type { Verdict } from '../../../protocol/machines.ts'
import { judgeBoots } from './judge-boots.ts'
import type { Look } from './look.ts'
import { parseWords, type Word } from './parse-words.ts'
import { thresholds } from './thresholds.ts'
import { architectureOf, type Seen } from './verdict-rule.ts'
import { verdictRules } from './verdict-rules.ts'

const rules = verdictRules.flatMap(stage => stage.rules)
const longestQuote = 160

/** The one verdict about a machine, or null: nothing is wrong, or it is too early to say. A rule speaks once nothing came for as long as its threshold says; what is being sent at the moment is no silence. */
export function judgeSilence(look: Look): Verdict | null {
  if (look.fetching !== null && look.now - look.fetching.since < thresholds.image.ms) return null
  const seen = seenIn(look)
  for (const rule of rules) {
    const since = rule.since(seen)
    const early = since !== null && look.now - since < thresholds[rule.after].ms
    if (since === null || (early && rule.yields === true)) continue
    if (early) return null
    const before = rule.alike === true ? startBefore(seen) : null
    const alike = before === null ? undefined : rules.find(other => other.alike !== true && other.after !== 'loop' && other.since(before) !== null)
    const because = [lastSeen(seen, since), filled(rule.means, seen), alike === undefined || before === null ? '' : filled(alike.means, before)].join(' ').trimEnd()
    return { code: rule.code, because, nextStep: filled(alike?.tries ?? rule.tries, before ?? seen), since }
  }
  return null
}

/** The same, as if the start before the last were the last. */
function startBefore(seen: Seen): Seen | null {
  const boot = seen.boots.at(-2)
  return boot === undefined ? null : { ...seen, boots: seen.boots.slice(0, -1), boot, last: boot.words.findLast(word => word.rank > 0) ?? null, system: null }
}

function seenIn(look: Look): Seen {
  const words = parseWords(look.history.filter(entry => entry.at <= look.now))
  const boots = judgeBoots(words)
  const at = words.findLastIndex(word => word.rank > 0)
  return { ...look, boots, boot: boots.at(-1) ?? null, last: words[at] ?? null, system: words.slice(at + 1).findLast(isSystem) ?? null }
}

const isSystem = (word: Word) => word.kind.startsWith('system-')

/** The machine's own words stand in quotation marks: whoever shows them makes them harmless. */
function lastSeen({ last, boots, now }: Seen, since: number): string {
  const newest = boots.at(-1)?.words.at(-1) ?? last
  const silent = `nothing else for ${lasting(now - since)}.`
  return newest === null ? `Nothing was seen, for ${lasting(now - since)}.` : `Last seen: “${newest.text.slice(0, longestQuote)}”; ${silent}`
}

/** `45 s`, `12 min`, `3 h`, `5 d`: rounded down. */
function lasting(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`
}

function filled(text: string, seen: Seen): string {
  const values: Record<string, string> = {
    ref: seen.reference, name: seen.order?.name ?? seen.reference, os: seen.order?.os ?? '', address: seen.address, bootPort: String(seen.bootPort), controlPort: String(seen.controlPort),
    architecture: String(architectureOf(seen) ?? 'unknown'), file: seen.last?.file ?? 'a file',
  }
  return text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => Object.hasOwn(values, name) ? values[name]! : whole)
}
