// A report that is kept beside a machine's record since it does not agree, and what the last one that was taken changed.
import { Type, type Static, type TSchema } from 'typebox'

const text = Type.Union([Type.String(), Type.Null()])
const time = Type.Integer({ description: 'Milliseconds since 1970' })
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** One field that differs; null where one side has nothing. */
export const DifferenceSchema = Type.Object({ what: Type.String(), recorded: text, reported: text })
export type Difference = Static<typeof DifferenceSchema>

/** The newest report that does not agree with the record, field by field; null when there is none. */
export const DifferingReportSchema = orNull(Type.Object({ at: time, mac: text, because: Type.String(), differences: Type.Array(DifferenceSchema) }))

/** What the last report that changed anything in the record changed, as sentences; null when none did. */
export const ChangesSchema = orNull(Type.Object({ at: time, lines: Type.Array(Type.String()) }))
