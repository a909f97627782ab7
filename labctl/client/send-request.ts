import { request } from 'node:http'
import { interrupted, LabctlError } from '../labctl-error.ts'
import { connectPinned, type Address } from './connect-pinned.ts'

/** What the bastion answered, whatever its status. */
export interface Answer { readonly status: number, readonly type: string, readonly body: string, readonly retryAfterSeconds?: number }

const mostBytes = 32 * 1024 * 1024

/** One request over a pinned connection of its own. Refuses an unreachable or wrong server (`unreachable`), an answer that takes longer than `timeoutMs` (`timed-out`) or is larger than 32 MiB. */
export async function sendRequest(to: Address, what: { method: string, path: string, body?: unknown }, options: { timeoutMs: number, signal: AbortSignal }): Promise<Answer> {
  const socket = await connectPinned(to, { timeoutMs: Math.min(options.timeoutMs, 10_000), signal: options.signal })
  const body = what.body === undefined ? null : JSON.stringify(what.body)
  const headers = {
    host: to.url.host, accept: 'application/json, application/problem+json', connection: 'close',
    ...to.token === null ? {} : { authorization: `Bearer ${to.token}` },
    ...body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  }
  let timer: NodeJS.Timeout | undefined
  let onAbort: (() => void) | undefined
  try {
    return await new Promise<Answer>((resolve, reject) => {
      onAbort = () => { reject(interrupted()) }
      options.signal.addEventListener('abort', onAbort, { once: true })
      timer = setTimeout(() => { reject(new LabctlError('timed-out', 'no-answer', `The bastion at ${to.url.host} did not answer ${what.method} ${what.path} within ${options.timeoutMs / 1000} s.`, { nextStep: 'Look at its log, and at labctl doctor.' })) }, options.timeoutMs)
      const lost = (cause: Error) => { reject(new LabctlError('unreachable', 'connection-lost', `The connection to the bastion at ${to.url.host} was lost: ${cause.message}.`, { cause, nextStep: what.method === 'GET' ? 'Try again.' : 'Look whether it was done before trying again.' })) }
      // Without `agent`: with one, node:http would ignore createConnection and connect by itself.
      const sent = request({ createConnection: () => socket, method: what.method, path: what.path, headers }, response => {
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > mostBytes) lost(new Error('the answer is larger than 32 MiB'))
          else chunks.push(chunk)
        })
        response.on('error', lost)
        response.on('end', () => { resolve({ ...retryAfter(response.headers['retry-after']), status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body: Buffer.concat(chunks).toString() }) })
      })
      sent.on('error', lost)
      sent.end(body)
    })
  } finally {
    clearTimeout(timer)
    if (onAbort !== undefined) options.signal.removeEventListener('abort', onAbort)
    socket.destroy()
  }
}

function retryAfter(header: string | undefined): { retryAfterSeconds?: number } {
  return header !== undefined && /^\d{1,6}$/.test(header) ? { retryAfterSeconds: Number(header) } : {}
}
