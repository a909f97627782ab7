import type { Refusal } from '../protocol/refusal.ts'
import type { ExitName } from './exit-codes.ts'

/** Why a command ends without having done what was asked. `code`: a `BST_*` code of the bastion, or one of labctl's own in kebab-case. `exit`: which exit code it gives. */
export class LabctlError extends Error {
  readonly exit: ExitName
  readonly code: string
  readonly nextStep: string | null
  readonly refusals: readonly Refusal[]

  constructor(exit: ExitName, code: string, message: string, more: { nextStep?: string | null, cause?: unknown, refusals?: readonly Refusal[] } = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause })
    this.name = 'LabctlError'
    this.exit = exit
    this.code = code
    this.nextStep = more.nextStep ?? null
    this.refusals = more.refusals ?? []
  }
}

/** What a command throws when Ctrl-C ended it. */
export const interrupted = (): LabctlError => new LabctlError('interrupted', 'interrupted', 'Stopped.')
