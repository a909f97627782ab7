// Enforces what each route declares: no route without a permission, no request without the credential that it needs, and none beyond its client's limit.
import type { FastifyInstance } from 'fastify'
import type { OperatorStore, Operator } from '../access/operator-store.ts'
import { roles } from '../access/permissions.ts'
import { BastionError } from '../platform/bastion-error.ts'
import { decideLimit, type LimitName } from './decide-limit.ts'
import type { RequestLimits } from './request-limits.ts'

declare module 'fastify' {
  interface FastifyRequest { operator: Operator | null }
}

/** Adds authentication to the control plane. A route that declares no permission is an error at start. Who shows a valid credential is counted by it, whoever else uses the same address; all others by their address. */
export function authentication(app: FastifyInstance, operators: OperatorStore, limits: RequestLimits): void {
  app.decorateRequest('operator', null)
  app.addHook('onRoute', route => {
    if (route.config?.permission === undefined) throw new Error(`The route ${String(route.method)} ${route.url} declares no permission.`)
  })
  app.addHook('onRequest', async request => {
    const { permission } = request.routeOptions.config
    const limit = decideLimit(request.is404 ? null : request.routeOptions.url ?? null, permission)
    if (request.is404 || permission === 'open' || permission === 'boot') return limits.take(limit, `address ${request.ip}`)
    const operator = countedOperator(operators, limits, limit, request.headers.authorization, request.ip)
    if (permission === undefined || !(roles[operator.role] ?? []).includes(permission)) throw new BastionError('BST_FORBIDDEN', `The role ${operator.role} of ${operator.name} does not allow ${permission ?? 'this'}.`)
    request.operator = operator
  })
}

/** The operator whose API token an Authorization header carries, counted. Refuses with `BST_UNAUTHENTICATED` or `BST_RATE_LIMITED`. */
export function countedOperator(operators: OperatorStore, limits: RequestLimits, limit: LimitName, authorization: string | undefined, address: string): Operator {
  const token = /^Bearer (\S{8,200})$/.exec(authorization ?? '')?.[1]
  const operator = token === undefined ? null : operators.findByToken(token)
  limits.take(limit, operator === null ? `address ${address}` : `operator ${operator.name}`)
  if (operator !== null) return operator
  throw new BastionError('BST_UNAUTHENTICATED', token === undefined ? 'No API token was shown in the Authorization header.' : 'The API token shown is not valid here.', { nextStep: 'On the bastion: labctl-bastion operator-token --config bastion.yaml; then labctl config set token …' })
}
