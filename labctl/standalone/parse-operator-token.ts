import { judgeSetting } from '../config/settings.ts'
import { LabctlError } from '../labctl-error.ts'

/** What `labctl-bastion operator-token` printed: its last line is JSON with url, pin and token. Refuses anything else without repeating it, since it may hold a secret. */
export function parseOperatorToken(printed: string): { url: string, pin: string, token: string } {
  const line = printed.trim().split('\n').at(-1) ?? ''
  let value: unknown
  try { value = JSON.parse(line) } catch { value = null }
  const { url, pin, token } = (value ?? {}) as Record<string, unknown>
  if (typeof url === 'string' && typeof pin === 'string' && typeof token === 'string' && judgeSetting('url', url) === null && judgeSetting('pin', pin) === null && judgeSetting('token', token) === null) return { url, pin, token }
  throw new LabctlError('failed', 'operator-token-invalid', 'labctl-bastion operator-token did not print a JSON line with url, pin and token.', { nextStep: 'Is the labctl-bastion that is installed of the same version as this labctl?' })
}
