import { Value } from 'typebox/value'
import { WebSocket } from 'ws'
import { LogEventSchema, type LogChoice, type LogEvent } from '../../protocol/machine-logs.ts'
import { TimelineEntrySchema, type TimelineEntry } from '../../protocol/machines.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import { connectPinned, type Address } from './connect-pinned.ts'
import { problemError } from './parse-answer.ts'

/** A live stream of timeline entries. `ended` settles with why, once the stream is over. */
export interface EventStream { readonly ended: Promise<string>, readonly close: () => void }

const pingMs = 20_000

/** Follows `/ws/events` of the bastion, of one machine or (null) of all: `onEntry` is called for each entry from the moment this settles, `onLogs` for the lines of logs that `logs` chooses. A bastion that falls silent for 40 s ends the stream. Refuses like a request does. */
export async function openEvents(to: Address, machine: string | null, options: { onEntry: (entry: TimelineEntry) => void, onLogs?: (event: LogEvent) => void, logs?: LogChoice, signal: AbortSignal }): Promise<EventStream> {
  const tls = await connectPinned(to, { timeoutMs: 10_000, signal: options.signal })
  const query = new URLSearchParams({ ...machine === null ? {} : { machine }, ...(options.logs ?? 'none') === 'none' ? {} : { logs: options.logs! } })
  const path = `/ws/events${query.size === 0 ? '' : `?${query}`}`
  const ws = new WebSocket(`wss://${to.url.host}${path}`, {
    createConnection: () => tls, maxPayload: 1024 * 1024, perMessageDeflate: false, handshakeTimeout: 10_000,
    headers: to.token === null ? {} : { authorization: `Bearer ${to.token}` },
  })
  ws.on('message', data => {
    const told = parseTold(String(data as Buffer))
    if (told !== null && 'logs' in told) options.onLogs?.(told)
    else if (told !== null) options.onEntry(told)
  })
  const ended = new Promise<string>(resolve => {
    ws.on('close', (code, reason) => { resolve(reason.length > 0 ? reason.toString() : `closed with ${code}`) })
  })
  const onAbort = () => { ws.terminate() }
  options.signal.addEventListener('abort', onAbort, { once: true })
  void ended.then(() => { options.signal.removeEventListener('abort', onAbort) })
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.on('error', cause => { reject(options.signal.aborted ? interrupted() : new LabctlError('unreachable', 'connection-lost', `The event stream of the bastion at ${to.url.host} could not be opened: ${cause.message}.`, { cause })) })
    ws.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => { if (body.length < 65_536) body += chunk.toString() })
      response.on('close', () => { reject(problemError({ status: response.statusCode ?? 0, type: '', body })); tls.destroy() })
    })
  })
  watchPulse(ws, ended)
  return { ended, close: () => { ws.terminate() } }
}

function watchPulse(ws: WebSocket, ended: Promise<string>): void {
  let alive = true
  ws.on('pong', () => { alive = true })
  const timer = setInterval(() => {
    if (!alive) return ws.terminate()
    alive = false
    ws.ping()
  }, pingMs)
  void ended.then(() => { clearInterval(timer) })
}

function parseTold(text: string): TimelineEntry | LogEvent | null {
  try {
    const value: unknown = JSON.parse(text)
    return Value.Check(TimelineEntrySchema, value) || Value.Check(LogEventSchema, value) ? value : null
  } catch {
    return null
  }
}
