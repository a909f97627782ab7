import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { parseDocument } from 'yaml'
import { MachineSettingsSchema, type MachineSettings } from '../../protocol/machine-settings.ts'
import { LabctlError } from '../labctl-error.ts'

const nextStep = 'docs/settings.md lists every setting, with examples.'

/** Reads a machine's settings from YAML or JSON. Refuses (`usage`) what can't be read, and everything that has not the form wanted, naming each place. */
export function readSettingsFile(path: string): MachineSettings {
  let text: string
  try { text = readFileSync(path, 'utf8') } catch (cause) {
    throw new LabctlError('usage', 'file-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw new LabctlError('usage', 'file-invalid', `${path} is neither YAML nor JSON: ${error.message.split('\n')[0]}`, { nextStep })
  const value: unknown = document.toJS({ maxAliasCount: 100 }) ?? {}
  if (Value.Check(MachineSettingsSchema, value)) return value
  const mistakes = [...new Set(Value.Errors(MachineSettingsSchema, value).map(found => `${found.instancePath.slice(1).replaceAll('/', '.') || 'the whole'}: ${found.message}${unknownKeys(found.params)}`))]
  throw new LabctlError('usage', 'file-invalid', `${path} holds no settings of a machine:\n${mistakes.map(mistake => `- ${mistake}`).join('\n')}`, { nextStep })
}

function unknownKeys(params: unknown): string {
  const { additionalProperties } = params as { additionalProperties?: readonly string[] }
  return additionalProperties === undefined ? '' : ` (${additionalProperties.join(', ')})`
}
