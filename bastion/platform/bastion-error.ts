import type { ErrorCode } from '../../protocol/error-codes.ts'
import type { Refusal } from '../../protocol/refusal.ts'

/** A broken promise or a failing edge. `message`: what was got and what was wanted; `nextStep`: what the operator can do. A domain "no" is a {@link Refusal} value instead, and travels in `refusals` only at the HTTP edge. */
export class BastionError extends Error {
  readonly code: ErrorCode
  readonly nextStep: string | null
  readonly refusals: readonly Refusal[]
  /** For what was refused only for now: when to ask again. */
  readonly retryAfterSeconds: number | null

  constructor(code: ErrorCode, message: string, more: { nextStep?: string, cause?: unknown, refusals?: readonly Refusal[], retryAfterSeconds?: number } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause })
    this.name = 'BastionError'
    this.code = code
    this.nextStep = more.nextStep ?? null
    this.refusals = more.refusals ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
  }
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE` ...), or null. */
export function systemCode(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : null
}
