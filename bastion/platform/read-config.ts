// Reads and judges bastion.yaml before anything is opened: all mistakes at once, each with what was got, what is wanted, and a suggestion.
import { readFileSync } from 'node:fs'
import { closest } from 'fastest-levenshtein'
import { parseDocument } from 'yaml'
import { Value } from 'typebox/value'
import { BastionError } from './bastion-error.ts'
import { ConfigSchema, type Config } from './config-schema.ts'
import { judgeConfig } from './judge-config.ts'

/** Reads the configuration at `path`, fills in defaults and judges it. Refuses with `BST_CONFIG_INVALID`, naming every mistake. */
export function readConfig(path: string): Config {
  let source: string
  try { source = readFileSync(path, 'utf8') } catch (cause) {
    throw new BastionError('BST_CONFIG_INVALID', `The configuration ${path} cannot be read: ${(cause as Error).message}.`, { cause, nextStep: 'Name an existing file with --config; an empty one is valid and means all defaults.' })
  }
  return parseConfig(source, path)
}

/** The same for the text of a configuration; `path` is for messages only. */
export function parseConfig(source: string, path: string): Config {
  const document = parseDocument(source, { prettyErrors: true })
  const wrong = document.errors.map(error => error.message)
  if (wrong.length > 0) throw invalid(path, wrong)
  const given: unknown = document.toJS() ?? {}
  const unknown = unknownKeys(given, ConfigSchema as Shape, '')
  if (unknown.length > 0) throw invalid(path, unknown)
  const config: unknown = Value.Default(ConfigSchema, structuredClone(given))
  const errors = Value.Errors(ConfigSchema, config).map(error => `${error.instancePath === '' ? 'the whole' : error.instancePath.slice(1).replaceAll('/', '.')}: ${error.message}`)
  if (errors.length > 0) throw invalid(path, [...new Set(errors)])
  const judged = judgeConfig(config as Config)
  if (judged.length > 0) throw invalid(path, judged)
  return config as Config
}

function invalid(path: string, mistakes: readonly string[]): BastionError {
  return new BastionError('BST_CONFIG_INVALID', `${path} is not valid:\n${mistakes.map(mistake => `  - ${mistake}`).join('\n')}`, { nextStep: 'docs/config.md lists every key; labctl-bastion --check-config checks without starting anything.' })
}

type Shape = { properties?: Record<string, Shape>, items?: Shape, additionalProperties?: unknown }

function unknownKeys(value: unknown, schema: Shape, at: string): string[] {
  if (Array.isArray(value) && schema.items !== undefined) return value.flatMap((inner, index) => unknownKeys(inner, schema.items!, `${at}.${index}`))
  if (schema.properties === undefined || schema.additionalProperties !== false || typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const known = Object.keys(schema.properties)
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = at === '' ? key : `${at}.${key}`
    const next = schema.properties![key]
    return next === undefined ? [`unknown key ${here}: did you mean ${at === '' ? '' : `${at}.`}${closest(key, known)}?`] : unknownKeys(inner, next, here)
  })
}
