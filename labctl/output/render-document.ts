import { Document, isScalar, visit } from 'yaml'
import { isHarmless, renderEscaped } from './render-harmless.ts'

/** A value as indented JSON that is harmless on a terminal and reads back as the same value. */
export function renderJson(value: unknown): string {
  return renderEscaped(JSON.stringify(value, null, 2))
}

/** A value as one line of harmless JSON. */
export function renderJsonLine(value: unknown): string {
  return renderEscaped(JSON.stringify(value))
}

/** A value as YAML that is harmless on a terminal and reads back as the same value. */
export function renderYaml(value: unknown): string {
  const document = new Document(value)
  visit(document, {
    Scalar(_, node) {
      if (isScalar(node) && typeof node.value === 'string' && !isHarmless(node.value.replaceAll('\n', ''))) node.type = 'QUOTE_DOUBLE'
    },
  })
  return renderEscaped(document.toString({ lineWidth: 0 })).trimEnd()
}
