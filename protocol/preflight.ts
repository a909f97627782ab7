// What `labctl-bastion preflight` prints: what would keep the bastion from starting, or from serving machines, on this host.
import { Type, type Static } from 'typebox'

/** One thing looked at. `unknown`: it could not be looked at, and `because` says why. */
export const PreflightCheckSchema = Type.Object({
  what: Type.String(),
  state: Type.Enum(['ok', 'missing', 'warning', 'unknown']),
  because: Type.String(),
  nextStep: Type.Union([Type.String(), Type.Null()]),
})
export type PreflightCheck = Static<typeof PreflightCheckSchema>

export const PreflightSchema = Type.Object({ checks: Type.Array(PreflightCheckSchema) })
