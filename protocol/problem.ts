import { Type, type Static } from 'typebox'
import { RefusalSchema } from './refusal.ts'

/** RFC 9457 problem details with our code; every error of the control plane has this form. */
export const ProblemSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  nextStep: Type.Union([Type.String(), Type.Null()]),
  refusals: Type.Array(RefusalSchema),
})
export type Problem = Static<typeof ProblemSchema>
