// Decides, before one byte of a request leaves, whether the server is the bastion that was pinned.
import { createHash } from 'node:crypto'
import { connect as connectNet, isIP } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { interrupted, LabctlError } from '../labctl-error.ts'

/** Where the bastion is, how it is known, and what opens it. */
export interface Address {
  readonly url: URL
  /** Base64 SHA-256 sums of public keys (SPKI, as in RFC 7469, section 2.4); any one of them will do. */
  readonly pins: readonly string[]
  readonly token: string | null
  /** Path of a Unix socket that relays to the control plane; null connects by TCP. */
  readonly socket: string | null
}

/** A TLS connection to the bastion whose key has been compared with the pins. Certificates' names and dates count for nothing: the pin authenticates. Refuses a server with another key, and a bastion that does not answer within `timeoutMs` (`unreachable`). */
export async function connectPinned(to: Address, options: { timeoutMs: number, signal: AbortSignal }): Promise<TLSSocket> {
  const host = to.url.hostname.replaceAll(/^\[|\]$/g, '')
  const port = Number(to.url.port === '' ? 443 : to.url.port)
  const where = to.socket === null ? `${to.url.host}` : `${to.url.host} through ${to.socket}`
  if (options.signal.aborted) throw interrupted()
  const raw = to.socket === null ? connectNet({ host, port, noDelay: true }) : connectNet({ path: to.socket })
  const tls = connectTls({ socket: raw, rejectUnauthorized: false, minVersion: 'TLSv1.2', ...(isIP(host) === 0 ? { servername: host } : {}) })
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: unknown) => { reject(unreachable(where, cause, to)) }
      raw.on('error', fail)
      tls.on('error', fail)
      tls.once('close', () => { fail(new Error('the connection was closed before it was ready')) })
      tls.once('secureConnect', resolve)
      timer = setTimeout(() => { fail(new Error(`no answer within ${options.timeoutMs / 1000} s`)) }, options.timeoutMs)
      onAbort = () => { reject(interrupted()) }
      options.signal.addEventListener('abort', onAbort, { once: true })
    })
    const got = spkiOf(tls)
    if (got === null || !to.pins.includes(got)) throw wrongKey(where, to.pins, got)
  } catch (error) {
    tls.destroy()
    raw.destroy()
    throw error
  } finally {
    clearTimeout(timer)
    if (onAbort !== undefined) options.signal.removeEventListener('abort', onAbort)
  }
  return tls
}

function spkiOf(tls: TLSSocket): string | null {
  const key = tls.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' })
  return key === undefined ? null : createHash('sha256').update(key).digest('base64')
}

function wrongKey(where: string, pins: readonly string[], got: string | null): LabctlError {
  return new LabctlError('unreachable', 'pin-mismatch', `The server at ${where} is not the bastion that was pinned: its key is ${got ?? 'none'}, pinned is ${pins.join(' or ')}. Nothing was sent to it.`, {
    nextStep: 'If the bastion was set up anew, get url, pin and token on its host with labctl-bastion operator-token and set them with labctl config set. If not, somebody is in between.',
  })
}

function unreachable(where: string, cause: unknown, to: Address): LabctlError {
  const { code, message } = cause as { code?: string, message: string }
  const reasons: Record<string, string> = { ECONNREFUSED: 'nothing listens there', ENOENT: 'there is no such socket', EACCES: 'you may not open it', ENOTFOUND: 'the name is not known', EHOSTUNREACH: 'there is no way to that host', ENETUNREACH: 'there is no way to that network', ECONNRESET: 'it closed the connection' }
  return new LabctlError('unreachable', 'unreachable', `The bastion at ${where} cannot be reached: ${reasons[code ?? ''] ?? message}.`, {
    cause, nextStep: to.socket === null ? 'Is it running (labctl init bastion standalone status, or systemctl status labctl-bastion)? Is the url right (labctl config get url)? labctl doctor looks into it.' : 'Is the relay running, and is the socket right (labctl config get socket)?',
  })
}
