import type { InstallerHint } from '../../protocol/machine-logs.ts'

/** What an installer's log says, in words that say where they come from: `its installer says: package 12 of 400 is being installed (2 %)`. */
export function renderHint({ text, percent }: InstallerHint): string {
  return `its installer says: ${text}${percent === null ? '' : ` (${Math.round(percent)} %)`}`
}
