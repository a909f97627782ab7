// Handlebars with nothing printed raw: every value goes through the quoting helper of the language it enters.
import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import { quoteIpxe } from './quote-ipxe.ts'
import { quoteKickstart } from './quote-kickstart.ts'
import { quoteShell } from './quote-shell.ts'

const engine = Handlebars.create()
const text = (value: unknown): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  throw new TypeError(`A template can print text and numbers only, got ${typeof value}.`)
}
const quoting = {
  sh: (value: unknown) => quoteShell(text(value)),
  ipxe: (value: unknown) => quoteIpxe(text(value)),
  ks: (value: unknown) => quoteKickstart(text(value)),
  word: (value: unknown) => bareWord(text(value)),
  line: (value: unknown) => oneLine(text(value)),
} as const
for (const [name, quote] of Object.entries(quoting)) {
  engine.registerHelper(name, (value: unknown) => new Handlebars.SafeString(quote(value)))
}

/** The helpers that a template may print a value through. `sh`: one shell word. `ipxe`: text in an iPXE script. `ks`: one word of a Kickstart command. `word`: letters, digits and `._:/,=@+-` only, anything else throws: for config files that have no quoting. `line`: one whole line of such a file, anything printable. */
export const quotingFunctions = Object.keys(quoting) as readonly (keyof typeof quoting)[]

/** Compiles a template of `templates/` once; the function it gives renders it for a view. Strict: a missing key throws. */
export function compileTemplate<View extends object>(path: URL): (view: View) => string {
  const render = engine.compile<View>(readFileSync(path, 'utf8'), { strict: true, noEscape: true, knownHelpersOnly: false })
  return view => render(view)
}

function bareWord(value: string): string {
  if (!/^[\w.:/,=@+-]+$/.test(value)) throw new TypeError(`Not a plain word: ${JSON.stringify(value)}.`)
  return value
}

function oneLine(value: string): string {
  if (/\p{Cc}/u.test(value)) throw new TypeError(`Not one plain line: ${JSON.stringify(value)}.`)
  return value
}
