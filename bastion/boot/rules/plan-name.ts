// Decides the name that a rule's pattern gives to a machine.
import { parseMachineName } from '../../../protocol/names.ts'
import { isJunk } from '../../machines/junk-identities.ts'

/** A free name, or why there is none. */
export type NamePlan = { name: string } | { because: string }

/** Fills the pattern: `{n}` with the least number from 1 to `mostNumber` that gives a free name, `{serial}` and `{mac}` with those of the machine. `takenBy`: whose a name is; null when it is free. */
export function planName(pattern: string, { serial, mac }: { serial: string | null, mac: string }, mostNumber: number, takenBy: (name: string) => string | null): NamePlan {
  const own = serial === null || isJunk(serial) ? '' : serial.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '')
  if (pattern.includes('{serial}') && own === '') return { because: `The name pattern ${pattern} wants a serial, and the machine has none of its own.` }
  const filled = pattern.replaceAll('{serial}', own).replaceAll('{mac}', mac.replaceAll(':', ''))
  const numbers = filled.includes('{n}') ? mostNumber : 1
  for (let n = 1; n <= numbers; n += 1) {
    const name = filled.replaceAll('{n}', String(n))
    if (parseMachineName(name) === null) return { because: `The name pattern ${pattern} gives ${JSON.stringify(name)}, which is no machine name: one DNS label of at most 63 characters is wanted.` }
    const taken = takenBy(name)
    if (taken === null) return { name }
    if (numbers === 1) return { because: `The name pattern ${pattern} gives ${name}, which is ${taken}.` }
  }
  return { because: `The name pattern ${pattern} gives no free name up to the number ${mostNumber}.` }
}
