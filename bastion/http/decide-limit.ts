// Decides which limit a request of the control plane counts against.

/** The control plane's limits, each counted per client. `none`: answering costs less than counting would. */
export type LimitName = 'client' | 'enrolment' | 'tokens' | 'conversation' | 'trees' | 'none'

/** The limit for a route; `url` as declared (null for a path that is none), `permission` as declared. */
export function decideLimit(url: string | null, permission: string | undefined): LimitName {
  if (url === null) return 'client'
  if (url === '/healthz') return 'none'
  if (permission === 'boot') return 'conversation'
  if (url.startsWith('/os/')) return 'trees'
  if (url === '/api/auth' || url.startsWith('/api/auth/')) return 'enrolment'
  if (url === '/api/tokens' || url.startsWith('/api/tokens/')) return 'tokens'
  return 'client'
}
