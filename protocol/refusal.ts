import { Type, type Static } from 'typebox'

/** A named reason not to go on. `because` says what was seen and what was expected; `nextStep` what the operator can do. */
export const RefusalSchema = Type.Object({
  code: Type.String({ description: 'Stable, kebab-case, for programs' }),
  because: Type.String({ description: 'What was seen and what was expected' }),
  nextStep: Type.String({ description: 'What the operator can do' }),
  accept: Type.Optional(Type.String({ description: 'The override that lifts exactly this refusal, as in --accept lost-volume=srv' })),
})
/** See {@link RefusalSchema}. */
export type Refusal = Static<typeof RefusalSchema>
