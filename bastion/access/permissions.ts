import '@fastify/swagger'

/** Every permission that a route may need. */
export const permissions = ['machines:read', 'machines:write', 'machines:resolve', 'machines:label', 'machines:import', 'os:read', 'os:write', 'health:read'] as const
/** One of {@link permissions}. */
export type Permission = typeof permissions[number]

/** What each role allows. Own roles and deny rules come with operators' management. */
export const roles: Record<string, readonly Permission[]> = { admin: permissions }

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the caller needs: a permission; `open` nothing; `boot` the bearer of a boot, which the route itself checks. A route without one is refused at start. */
    permission?: Permission | 'open' | 'boot'
  }
}
