// Decides where each boot among the words begins, and what was seen of the last one.
import type { Word } from './parse-words.ts'

/** One boot: its words, and how far it came. */
export interface Boot { startedAt: number, furthest: number, words: readonly Word[] }

/** A firmware asks for its address for up to a minute before it tries its next card or device; a pause beyond this is a new start. */
const newStartMs = 180_000

/** The boots, oldest first. What comes at any time (rank 0) belongs to the boot that it came in. */
export function judgeBoots(words: readonly Word[]): Boot[] {
  const boots: { startedAt: number, furthest: number, words: Word[] }[] = []
  let before: Word | null = null
  for (const word of words) {
    const current = boots.at(-1)
    if (current === undefined || (word.rank > 0 && before !== null && begins(before, word))) boots.push({ startedAt: word.at, furthest: word.rank, words: [word] })
    else {
      current.words.push(word)
      current.furthest = Math.max(current.furthest, word.rank)
    }
    if (word.rank > 0) before = word
  }
  return boots
}

/** iPXE starts over from its script by itself, so only its DHCP, and whatever firmware does, begins a boot; a firmware that asks for an address after its boot program goes through its boot order once more. */
function begins(before: Word, word: Word): boolean {
  if (word.rank <= 3 && before.rank >= 4) return true
  if (word.rank <= 2 && before.rank === 3) return true
  return word.rank === 1 && (before.rank === 2 || word.at - before.at > newStartMs)
}
