// Decides what an answer of the bastion means: a value of the form wanted, or the error it tells.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { ProblemSchema, type Problem } from '../../protocol/problem.ts'
import type { ExitName } from '../exit-codes.ts'
import { LabctlError } from '../labctl-error.ts'
import type { Answer } from './send-request.ts'

const exitOfCode: Record<string, ExitName> = {
  BST_INPUT_INVALID: 'usage', BST_TOO_LARGE: 'usage',
  BST_NOT_FOUND: 'not-found',
  BST_AMBIGUOUS: 'refused', BST_CONFLICT: 'refused', BST_REFUSED: 'refused', BST_TICKET_GONE: 'refused', BST_IMAGE_MISSING: 'refused',
  BST_UNAUTHENTICATED: 'unauthenticated', BST_FORBIDDEN: 'unauthenticated',
  BST_RATE_LIMITED: 'refused',
  BST_STOPPING: 'unreachable',
}
const exitOfStatus: Record<number, ExitName> = { 400: 'usage', 413: 'usage', 404: 'not-found', 409: 'refused', 410: 'refused', 422: 'refused', 429: 'refused', 401: 'unauthenticated', 403: 'unauthenticated', 502: 'unreachable', 503: 'unreachable', 504: 'timed-out' }
const nextStepOfExit: Partial<Record<ExitName, string>> = {
  unauthenticated: 'Get a token on the bastion’s host with labctl-bastion operator-token --config FILE, and store it with labctl config set token.',
}

/** The value of a successful answer, checked against its schema (null for an empty one where `schema` is null). Throws what a problem document (RFC 9457) tells, or that the answer has not the form wanted. */
export function parseAnswer<Schema extends TSchema | null>(answer: Answer, schema: Schema): Schema extends TSchema ? Static<Schema> : null {
  type Wanted = Schema extends TSchema ? Static<Schema> : null
  if (answer.status < 200 || answer.status > 299) throw problemError(answer)
  if (schema === null) return null as Wanted
  const value = parseJson(answer.body)
  if (value !== undefined && Value.Check(schema, value)) return value as Wanted
  const first = value === undefined ? 'it is not JSON' : Value.Errors(schema, value).map(error => `${error.instancePath === '' ? 'the whole' : error.instancePath} ${error.message}`)[0] ?? 'unknown'
  throw new LabctlError('failed', 'answer-invalid', `The bastion’s answer has not the form that this labctl knows: ${first}.`, { nextStep: 'Compare the versions: labctl version.' })
}

/** The error that an unsuccessful answer tells. */
export function problemError(answer: Answer): LabctlError {
  const value = parseJson(answer.body)
  if (value !== undefined && Value.Check(ProblemSchema, value)) {
    const problem: Problem = value
    const exit = exitOfCode[problem.code] ?? exitOfStatus[answer.status] ?? 'failed'
    return new LabctlError(exit, problem.code, problem.detail, { nextStep: problem.nextStep ?? nextStepOfExit[exit] ?? null, refusals: problem.refusals })
  }
  const exit = exitOfStatus[answer.status] ?? 'failed'
  const detail = (value as { detail?: unknown } | null | undefined)?.detail
  return new LabctlError(exit, `http-${answer.status}`, typeof detail === 'string' ? detail : `The server answered ${answer.status} without saying why.`, { nextStep: nextStepOfExit[exit] ?? 'Is there a labctl bastion at that url?' })
}

function parseJson(text: string): unknown {
  try { return JSON.parse(text) } catch { return undefined }
}
