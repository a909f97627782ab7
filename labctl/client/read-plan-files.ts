import { readFileSync } from 'node:fs'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { parseDocument } from 'yaml'
import { FactsSchema, type Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import { RecordFileSchema, StorageRecordSchema, type RecordFile, type StorageRecord } from '../../protocol/storage-record.ts'
import { LabctlError } from '../labctl-error.ts'
import { parseLayoutFile } from './parse-layout-file.ts'

/** Everything that a plan from files is made from. */
export interface PlanFiles { facts: Facts, record?: RecordFile | StorageRecord, layout: Layout }

/** Reads facts and record (each also out of what `provision describe -o json` printed) and layout, JSON or YAML. Refuses (`usage`) what can't be read, and what has not the form wanted, naming the file and the place. */
export function readPlanFiles(paths: { facts: string, record?: string, layout: string, role?: string }): PlanFiles {
  const factsFile = readDocument(paths.facts)
  const inner = (factsFile as { facts?: unknown } | null)?.facts
  const facts = inner ?? factsFile
  if (!Value.Check(FactsSchema, facts)) throw invalid(paths.facts, `holds no facts of a machine: ${firstError(FactsSchema, facts)}`)
  const layout = parseLayoutFile(readDocument(paths.layout), paths.role)
  if ('mistake' in layout) throw invalid(paths.layout, layout.mistake)
  return { facts, layout: layout.layout, ...paths.record === undefined ? {} : { record: readRecord(paths.record) } }
}

function readRecord(path: string): RecordFile | StorageRecord {
  const file = readDocument(path)
  const value = (file as { record?: unknown } | null)?.record ?? file
  if (Value.Check(RecordFileSchema, value)) return value
  if (Value.Check(StorageRecordSchema, value)) return value
  const wanted = typeof value === 'object' && value !== null && 'version' in value ? StorageRecordSchema : RecordFileSchema
  throw invalid(path, `is no record of a machine: ${firstError(wanted, value)}`)
}

function readDocument(path: string): unknown {
  let text: string
  try { text = readFileSync(path, 'utf8') } catch (cause) {
    throw new LabctlError('usage', 'file-unreadable', `${path} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  try { return JSON.parse(text) as unknown } catch { /* then YAML */ }
  const document = parseDocument(text)
  const [error] = document.errors
  if (error !== undefined) throw invalid(path, `is neither JSON nor YAML: ${error.message.split('\n')[0]}`)
  try { return document.toJS({ maxAliasCount: 100 }) } catch (cause) { throw invalid(path, `cannot be read: ${(cause as Error).message}`) }
}

function firstError(schema: TSchema, value: unknown): string {
  const first = Value.Errors(schema, value)[0]
  return first === undefined ? 'unknown' : `${first.instancePath === '' ? 'the whole' : first.instancePath} ${first.message}`
}

function invalid(path: string, mistake: string): LabctlError {
  return new LabctlError('usage', 'file-invalid', `${path} ${mistake}.`, { nextStep: 'docs/reprovisioning.md says what the files hold.' })
}
