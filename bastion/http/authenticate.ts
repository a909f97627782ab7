// Enforces what each route declares: no route without a permission, no request without the credential that it needs.
import type { FastifyInstance } from 'fastify'
import type { OperatorStore, Operator } from '../access/operator-store.ts'
import { roles } from '../access/permissions.ts'
import { BastionError } from '../platform/bastion-error.ts'

declare module 'fastify' {
  interface FastifyRequest { operator: Operator | null }
}

/** Adds authentication to the control plane. A route that declares no permission is an error at start. */
export function authentication(app: FastifyInstance, operators: OperatorStore): void {
  app.decorateRequest('operator', null)
  app.addHook('onRoute', route => {
    if (route.config?.permission === undefined) throw new Error(`The route ${String(route.method)} ${route.url} declares no permission.`)
  })
  app.addHook('onRequest', async request => {
    const { permission } = request.routeOptions.config
    if (request.is404 || permission === 'open' || permission === 'boot') return
    const operator = operatorOf(operators, request.headers.authorization)
    if (permission === undefined || !(roles[operator.role] ?? []).includes(permission)) throw new BastionError('BST_FORBIDDEN', `The role ${operator.role} of ${operator.name} does not allow ${permission ?? 'this'}.`)
    request.operator = operator
  })
}

/** The operator whose API token an Authorization header carries. Refuses with `BST_UNAUTHENTICATED`. */
export function operatorOf(operators: OperatorStore, authorization: string | undefined): Operator {
  const token = /^Bearer (\S{8,200})$/.exec(authorization ?? '')?.[1]
  const operator = token === undefined ? null : operators.findByToken(token)
  if (operator !== null) return operator
  throw new BastionError('BST_UNAUTHENTICATED', token === undefined ? 'No API token was shown in the Authorization header.' : 'The API token shown is not valid here.', { nextStep: 'On the bastion: labctl-bastion operator-token --config bastion.yaml; then labctl config set token …' })
}
