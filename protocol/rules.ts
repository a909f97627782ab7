// Rules that arm an install by themselves, as operators see them.
import { Type, type Static } from 'typebox'

const text = Type.Union([Type.String(), Type.Null()])

/** One rule, and what it has armed so far. */
export const RuleViewSchema = Type.Object({
  name: Type.String(),
  wants: Type.Array(Type.String(), { description: 'What a machine must be like, a phrase each' }),
  role: Type.String(),
  os: Type.String(),
  machineName: Type.String({ description: 'Pattern' }),
  foreignData: Type.Enum(['refuse', 'destroy']),
  most: Type.Integer({ description: 'Machines that it may arm in all' }),
  armed: Type.Integer({ description: 'Machines that it has armed' }),
  lastArmed: Type.Union([Type.Object({ name: Type.String(), at: Type.Integer({ description: 'Milliseconds since 1970' }) }), Type.Null()]),
})
export type RuleView = Static<typeof RuleViewSchema>

/** What `GET /api/rules` answers. */
export const RulesSchema = Type.Object({
  enabled: Type.Boolean(),
  perHour: Type.Integer({ description: 'Machines that all rules together may arm within an hour' }),
  armedInHour: Type.Integer(),
  rules: Type.Array(RuleViewSchema),
})
export type Rules = Static<typeof RulesSchema>

/** What `GET /api/machines/:machine/rules` answers: which rule a machine fits, and what would come of it. */
export const RuleExplanationSchema = Type.Object({
  machine: Type.String({ description: 'Name, or MAC' }),
  rules: Type.Array(Type.Object({
    name: Type.String(), fits: Type.Boolean(),
    conditions: Type.Array(Type.Object({ what: Type.String(), wanted: Type.String(), is: Type.String(), fits: Type.Boolean() })),
  })),
  armed: Type.Union([Type.Object({ rule: Type.String(), name: Type.String() }), Type.Null()], { description: 'What a rule armed for it' }),
  rule: Type.Union([Type.String(), Type.Null()], { description: 'The first that fits: it counts, and no other' }),
  name: Type.Union([Type.String(), Type.Null()], { description: 'The name that the machine would get' }),
  order: text,
  because: Type.Array(Type.String(), { description: 'Why it is not armed; empty when it is, or would be' }),
})
export type RuleExplanation = Static<typeof RuleExplanationSchema>
