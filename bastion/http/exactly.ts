import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

/** A validator that names every mistake and changes nothing: Fastify's own would make a yes of the text "true" and nothing of null, and stops at the first mistake. */
export function exactly({ schema }: { schema: unknown }) {
  return (value: unknown) => {
    const mistakes = Value.Errors(schema as TSchema, value).map(error => `${error.instancePath.slice(1).replaceAll('/', '.') || 'the whole'} ${error.message}`)
    return mistakes.length === 0 ? { value } : { error: new Error([...new Set(mistakes)].slice(0, 20).join('; ')) }
  }
}
