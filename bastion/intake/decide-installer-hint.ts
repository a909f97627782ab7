// Decides what an installer's log seems to say of how far it is. A hint for people: nothing else ever reads it.
import type { InstallerHint } from '../../protocol/machine-logs.ts'
import type { InstallerStep, InstallerWord } from './parse-installer-line.ts'

/** A hint, and what has to be remembered for the next: how many packages there are, how many began, and whether the log counts them itself. */
export interface HintState { hint: InstallerHint | null, packages: number, began: number, counts: boolean }

/** Before anything was said. */
export const noHint: HintState = { hint: null, packages: 0, began: 0, counts: false }

const sentences: Readonly<Record<InstallerStep, string>> = {
  'storage': 'partitions, volumes and file systems are being made',
  'preparing': 'packages are being chosen',
  'downloading': 'packages are being downloaded',
  'installing': 'packages are being installed',
  'scripts': 'the packages’ own scripts run',
  'boot-loader': 'the boot loader is being installed',
  'finishing': 'what the packages left to do is being done',
  'configuring': 'the new system is being configured',
  'initramfs': 'the initramfs is being made',
  'post': 'the scripts of the kickstart run',
}
/** Steps that come before the packages: a new round of counting begins. */
const first: ReadonlySet<InstallerStep> = new Set(['storage', 'preparing', 'downloading'])

/** The state after one more word, which came at `at` (milliseconds since 1970). */
export function hintAfter(state: HintState, word: InstallerWord, at: number): HintState {
  const say = (step: InstallerStep, text: string, percent: number | null): InstallerHint => ({ at, step, text, percent })
  switch (word.kind) {
    case 'resolved': return { ...state, packages: word.packages, began: 0, counts: false }
    case 'step': return { ...state, ...first.has(word.step) ? { began: 0, counts: false } : {}, hint: say(word.step, sentences[word.step], null) }
    case 'downloading': return { ...state, hint: say('downloading', `${word.packages} packages are being downloaded`, word.percent) }
    case 'installing': return { ...state, counts: true, began: word.number, packages: word.of, hint: say('installing', `package ${word.number} of ${word.of} is being installed`, percentOf(word.number, word.of)) }
    case 'installing-next': return next(state, say)
  }
}

function next(state: HintState, say: (step: InstallerStep, text: string, percent: number | null) => InstallerHint): HintState {
  // Said beside the count.
  if (state.counts) return state
  const began = state.began + 1
  // A bastion that was restarted meanwhile, or one that missed lines, does not know the number.
  const known = state.packages > 0 && began <= state.packages
  return { ...state, began, hint: known ? say('installing', `package ${began} of ${state.packages} is being installed`, percentOf(began, state.packages)) : say('installing', sentences.installing, null) }
}

function percentOf(number: number, of: number): number {
  return of === 0 ? 0 : Math.floor(100 * (number - 1) / of)
}
