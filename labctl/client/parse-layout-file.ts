// Which layout a file means: a layout by itself, or one of `layouts`, by role, as bastion.yaml holds them.
import { Value } from 'typebox/value'
import { LayoutSchema, type Layout } from '../../protocol/layout.ts'

/** The layout in a parsed file, or why there is none, in words that go on after the file's name. */
export function parseLayoutFile(value: unknown, role: string | undefined): { layout: Layout } | { mistake: string } {
  const layouts = member(member(value, 'install'), 'layouts') ?? member(value, 'layouts')
  if (layouts === undefined) return judged(value, '')
  const roles = typeof layouts === 'object' && layouts !== null ? Object.keys(layouts) : []
  const chosen = role ?? (roles.length === 1 ? roles[0] : undefined)
  if (chosen === undefined) return { mistake: `holds layouts for ${roles.join(', ') || 'no role'}; --role says which is meant` }
  if (!roles.includes(chosen)) return { mistake: `holds no layout for the role ${chosen}, only for ${roles.join(', ') || 'none'}` }
  return judged(member(layouts, chosen), `/${chosen}`)
}

function judged(value: unknown, at: string): { layout: Layout } | { mistake: string } {
  if (Value.Check(LayoutSchema, value)) return { layout: value }
  const first = Value.Errors(LayoutSchema, value)[0]
  return { mistake: `is no layout: ${at}${first?.instancePath ?? ''} ${first?.message ?? 'has not the form wanted'}` }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined
}
