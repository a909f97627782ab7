// What an operator is asked about a machine whose identity is not clear, and the words that answer it.
import { Type, type Static, type TSchema } from 'typebox'
import { DifferenceSchema, DifferingReportSchema } from './differing-report.ts'
import { TimelineEntrySchema } from './machines.ts'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const time = Type.Integer({ description: 'Milliseconds since 1970' })

/** `take-new`: the report replaces the record. `take-recorded`: the report and the claims are dropped. `hear`: who is in limbo may report. `another`: it is another machine. `same-as`: this machine is that other one, on another board. `keep-first`, `cancel`: of a contested order. `seen`: its alarms were seen. */
export const DecisionSchema = Type.Enum(['take-new', 'take-recorded', 'hear', 'another', 'same-as', 'keep-first', 'cancel', 'seen'])
export type Decision = Static<typeof DecisionSchema>

/** Everything that is not clear about a machine. */
export const QuestionsSchema = Type.Object({
  machine: Type.String(),
  report: DifferingReportSchema,
  claims: Type.Array(Type.Object({ mac: Type.String(), uuid: text, serial: text, manufacturer: text, product: text, address: Type.String(), because: Type.String(), heard: Type.Boolean({ description: 'It may report' }), lastSeenAt: time }), { description: 'Who was refused at /dispatch, and may be this machine' }),
  sameAs: orNull(Type.Object({ machine: Type.String(), name: Type.String(), differences: Type.Array(DifferenceSchema) })),
  order: orNull(Type.Object({ id: Type.String(), kind: Type.String(), name: Type.String(), because: text, phase: text, firstKey: text, secondAt: time }, { description: 'The contested order' })),
  alarms: Type.Array(TimelineEntrySchema, { description: 'Those that nobody has seen to, the newest 50' }),
  alarmsUpTo: Type.Integer({ description: 'The newest alarm’s id' }),
  offers: Type.Array(Type.Object({ decision: DecisionSchema, means: Type.String() })),
  digest: Type.String({ description: 'Of what is asked; the answer names it' }),
  resolved: Type.Optional(Type.String({ description: 'What was done' })),
})
export type Questions = Static<typeof QuestionsSchema>

/** The body of `POST /api/machines/:machine/resolve`. */
export const ResolveRequestSchema = Type.Object({
  decision: DecisionSchema,
  shown: Type.String({ pattern: '^[0-9a-f]{64}$', description: 'The digest of what the operator was shown' }),
  alarmsUpTo: Type.Optional(Type.Integer({ minimum: 0, description: 'The newest alarm that the operator was shown' })),
  sameAs: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
}, { additionalProperties: false })
export type ResolveRequest = Static<typeof ResolveRequestSchema>
