// Reads what a plan is made of from files that somebody wrote or saved.
import { readFileSync } from 'node:fs'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parse } from 'yaml'
import { FactsSchema, type Facts } from '../../protocol/facts.ts'
import { LayoutSchema, type Layout } from '../../protocol/layout.ts'
import { RecordFileSchema, StorageRecordSchema, type RecordFile, type StorageRecord } from '../../protocol/storage-record.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { judgeLayout } from '../platform/judge-layout.ts'

/** Paths, and the role that chooses among several layouts. */
export interface PlanFiles { facts: string, layout: string, record: string | null, role: string | null }

/** What stands in the files. Refuses (`BST_INPUT_INVALID`) what can't be read or is not of the form wanted, naming the file and the place. */
export function readPlanFiles(files: PlanFiles): { facts: Facts, layout: Layout, role: string, record: RecordFile | StorageRecord | null } {
  const told = readFile(files.facts)
  // What labctl provision describe -o json prints holds the facts too.
  const facts = checked(FactsSchema, isObject(told) && isObject(told['facts']) ? told['facts'] : told, files.facts)
  const { role, layout } = chooseLayout(readFile(files.layout), files)
  const wrong = judgeLayout(layout)
  if (wrong.length > 0) throw invalid(`The layout in ${files.layout} can’t be made: ${wrong.join('; ')}.`)
  if (files.record === null) return { facts, layout, role, record: null }
  const record = readFile(files.record)
  return { facts, layout, role, record: isObject(record) && 'facts' in record ? checked(RecordFileSchema, record, files.record) : checked(StorageRecordSchema, record, files.record) }
}

function chooseLayout(told: unknown, { layout: path, role: wanted }: PlanFiles): { role: string, layout: Layout } {
  const outer = isObject(told) && isObject(told['install']) ? told['install'] : told
  const several = isObject(outer) && isObject(outer['layouts']) ? outer['layouts'] : null
  if (several === null) return { role: wanted ?? 'worker', layout: checked(LayoutSchema, told, path) }
  const names = Object.keys(several)
  const role = wanted ?? (names.length === 1 ? names[0]! : 'worker')
  if (several[role] === undefined) throw invalid(`${path} has no layout for the role ${JSON.stringify(role)}; it has ${names.join(', ') || 'none'}.`, 'Name one with --role.')
  return { role, layout: checked(LayoutSchema, several[role], path) }
}

function readFile(path: string): unknown {
  try { return parse(readFileSync(path, 'utf8'), { maxAliasCount: 100 }) } catch (cause) { throw invalid(`${path} cannot be read: ${(cause as Error).message.split('\n')[0]}`) }
}

function checked<T extends TSchema>(schema: T, value: unknown, path: string): Static<T> {
  if (Value.Check(schema, value)) return value as Static<T>
  const [first] = Value.Errors(schema, value)
  throw invalid(`${path} is not of the form wanted: ${first?.instancePath === '' ? 'the whole' : first?.instancePath} ${first?.message}.`)
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const invalid = (message: string, nextStep = 'labctl-bastion plan --help says what each file is.') => new BastionError('BST_INPUT_INVALID', message, { nextStep })
