import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Type, type Static, type TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { writePrivately } from '../config/write-privately.ts'
import { ChildRecordSchema } from './child-record.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** The standalone bastion that labctl started on this host. */
export const StandaloneRecordSchema = Type.Object({
  config: Type.String(), log: Type.String(), builderLog: Type.String(),
  bastion: orNull(ChildRecordSchema), builder: orNull(ChildRecordSchema),
  startedAt: Type.Integer({ description: 'Milliseconds since 1970' }),
})
export type StandaloneRecord = Static<typeof StandaloneRecordSchema>

/** The folder of everything about a standalone bastion, unless told otherwise. */
export const standaloneFolder = (home: string): string => join(home, '.labctl', 'standalone')

/** The record of the standalone bastion; null when none was started. */
export function readRecord(home: string): StandaloneRecord | null {
  try {
    const value: unknown = JSON.parse(readFileSync(join(standaloneFolder(home), 'record.json'), 'utf8'))
    return Value.Check(StandaloneRecordSchema, value) ? value : null
  } catch {
    return null
  }
}

/** Keeps the record of the standalone bastion. */
export function writeRecord(home: string, record: StandaloneRecord): void {
  writePrivately(join(standaloneFolder(home), 'record.json'), `${JSON.stringify(record, null, 2)}\n`)
}
