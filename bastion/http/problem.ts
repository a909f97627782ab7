// The one place where errors become HTTP: our codes to statuses, anything else to 500 without a word of what it was.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { ErrorCode } from '../../protocol/error-codes.ts'
import type { Problem } from '../../protocol/problem.ts'
import { BastionError, systemCode } from '../platform/bastion-error.ts'
import { databaseError } from '../platform/database.ts'

const statuses: Partial<Record<ErrorCode, number>> = {
  BST_INPUT_INVALID: 400, BST_FACTS_INVALID: 400, BST_UNAUTHENTICATED: 401, BST_FORBIDDEN: 403, BST_NOT_FOUND: 404,
  BST_AMBIGUOUS: 409, BST_CONFLICT: 409, BST_REFUSED: 409, BST_IMAGE_MISSING: 409, BST_TICKET_GONE: 410, BST_TOO_LARGE: 413,
  BST_RATE_LIMITED: 429, BST_STOPPING: 503, BST_DISK_FULL: 507,
}

/** The HTTP status and problem details for whatever was thrown. */
export function problemOf(thrown: unknown): Problem {
  const error = databaseError('The database', thrown)
  if (error instanceof BastionError && error.code === 'BST_DATABASE_FAILED') return problem(error.code, 500, 'The database failed.', 'The bastion’s log says where: journalctl -u labctl-bastion', [])
  if (error instanceof BastionError) return problem(error.code, statuses[error.code] ?? 500, error.message, error.nextStep, error.refusals)
  const { code, message, statusCode } = error as FastifyError
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return problem('BST_TOO_LARGE', 413, 'The body is larger than allowed here.', 'docs/config.md: boot.maximumReportKib', [])
  if (code === 'FST_ERR_VALIDATION' || (statusCode !== undefined && statusCode >= 400 && statusCode < 500)) return problem('BST_INPUT_INVALID', statusCode ?? 400, message, null, [])
  if (systemCode(error) === 'ENOSPC') return problem('BST_DISK_FULL', 507, 'The disk that holds the bastion’s state is full.', 'Free space on it.', [])
  return problem('BST_INTERNAL', 500, 'The bastion failed inside.', 'Its log says where: journalctl -u labctl-bastion', [])
}

/** Fastify's error hook: logs what is ours to mend, answers problem details (RFC 9457). */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const body = problemOf(error)
  if (body.status >= 500) request.log.error({ err: error, route: request.routeOptions.url }, 'request failed')
  if (error instanceof BastionError && error.retryAfterSeconds !== null) void reply.header('retry-after', String(error.retryAfterSeconds))
  void reply.code(body.status).type('application/problem+json').send(body)
}

function problem(code: ErrorCode, status: number, detail: string, nextStep: string | null, refusals: Problem['refusals'] | readonly Problem['refusals'][number][]): Problem {
  return { type: 'about:blank', title: code, status, detail, code, nextStep, refusals: [...refusals] }
}
