// Walks a Handlebars template's syntax tree beside the schema of its view.
import Handlebars from 'handlebars'

type Schema = { type?: string, properties?: Record<string, Schema>, items?: Schema, anyOf?: Schema[], enum?: unknown[], const?: unknown }
interface Node { type: string, path?: Node & { original?: string, parts?: string[], data?: boolean, depth?: number }, params?: Node[], program?: { body: Node[] } | null, inverse?: { body: Node[] } | null, original?: string, parts?: string[], depth?: number, data?: boolean }

/** What is wrong with a template: paths that its view does not have, values printed without a quoting helper, helpers that it does not know. */
export function templateMistakes(source: string, schema: object, quoting: readonly string[]): string[] {
  const mistakes: string[] = []
  walk(Handlebars.parse(source).body as unknown as Node[], [schema as Schema])
  return mistakes

  function walk(nodes: readonly Node[], scopes: readonly Schema[]): void {
    for (const node of nodes) {
      if (node.type === 'MustacheStatement') printed(node, scopes)
      else if (node.type === 'BlockStatement') block(node, scopes)
      else if (node.type !== 'ContentStatement' && node.type !== 'CommentStatement') mistakes.push(`a ${node.type} is not allowed`)
    }
  }

  function printed(node: Node, scopes: readonly Schema[]): void {
    const name = node.path?.original ?? ''
    if (!quoting.includes(name)) return void mistakes.push(`{{${name}}} is printed without a quoting helper`)
    if (node.params?.length !== 1) mistakes.push(`{{${name}}} takes one value`)
    for (const param of node.params ?? []) {
      const found = resolve(param, scopes)
      if (found !== null && !isText(found)) mistakes.push(`{{${name} ${param.original}}} is not text or a number`)
    }
  }

  function block(node: Node, scopes: readonly Schema[]): void {
    const name = node.path?.original ?? ''
    if (!['if', 'unless', 'each'].includes(name)) return void mistakes.push(`{{#${name}}} is not known`)
    const found = resolve(node.params![0]!, scopes)
    const inner = name === 'each' ? [...scopes, found?.items ?? {}] : scopes
    if (name === 'each' && found !== null && found.items === undefined) mistakes.push(`{{#each ${node.params![0]!.original}}} is not a list`)
    walk(node.program?.body ?? [], inner)
    walk(node.inverse?.body ?? [], scopes)
  }

  function resolve(node: Node, scopes: readonly Schema[]): Schema | null {
    if (node.type !== 'PathExpression') return null
    if (node.data === true) return ['first', 'last', 'index'].includes(node.parts![0]!) ? { type: 'boolean' } : wrong(node)
    let schema: Schema | undefined = scopes.at(-1 - (node.depth ?? 0))
    for (const part of node.parts ?? []) schema = schema?.properties?.[part]
    return schema ?? wrong(node)
  }

  function wrong(node: Node): null {
    mistakes.push(`${node.original} is not in the view`)
    return null
  }
}

function isText(schema: Schema): boolean {
  return schema.type === 'string' || schema.type === 'integer' || schema.type === 'number' || schema.enum !== undefined || (schema.anyOf !== undefined && schema.anyOf.some(isText) && schema.anyOf.every(one => isText(one) || one.type === 'null'))
}
