// A web server on loopback that gives files, and fails as mirrors do.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a path fails, once or for ever. `cut`: hangs up after so many bytes; `stall`: goes silent after them. */
export type Fault = { kind: 'cut' | 'stall', afterBytes: number, times: number } | { kind: 'status', status: number, times: number } | { kind: 'no-length', times: number } | { kind: 'redirect', to: string, times: number }

export interface FaultyMirror { url: string, files: Map<string, Buffer>, faults: Map<string, Fault>, asked: { path: string, range: string | null, status: number }[], stop: () => Promise<void> }

/** Serves `files` by path with strong ETags and ranges; `bytesPerSecond` slows it. */
export async function startFaultyMirror({ bytesPerSecond = Infinity } = {}): Promise<FaultyMirror> {
  const mirror: FaultyMirror = { url: '', files: new Map(), faults: new Map(), asked: [], stop: async () => {} }
  const server = createServer((request, response) => { void answer(mirror, request, response, bytesPerSecond) })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  mirror.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  mirror.stop = () => new Promise(resolve => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
  return mirror
}

async function answer(mirror: FaultyMirror, request: IncomingMessage, response: ServerResponse, bytesPerSecond: number): Promise<void> {
  const path = request.url ?? '/'
  const content = mirror.files.get(path)
  const fault = take(mirror, path)
  const say = (status: number, headers: Record<string, string | number> = {}) => {
    mirror.asked.push({ path, range: request.headers.range ?? null, status })
    response.writeHead(status, headers)
  }
  if (fault?.kind === 'status') return void (say(fault.status), response.end('no'))
  if (fault?.kind === 'redirect') return void (say(302, { location: fault.to }), response.end())
  if (content === undefined) return void (say(404), response.end('not here'))
  const etag = `"${Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(content))).toString('hex').slice(0, 16)}"`
  if (request.headers['if-none-match'] === etag) return void (say(304, { etag }), response.end())
  const from = request.headers['if-range'] === undefined || request.headers['if-range'] === etag ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
  say(from > 0 ? 206 : 200, { etag, ...fault?.kind === 'no-length' ? {} : { 'content-length': content.length - from }, ...from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {} })
  const end = fault?.kind === 'cut' || fault?.kind === 'stall' ? Math.min(content.length, from + fault.afterBytes) : content.length
  const gone = new Promise(resolve => { response.once('close', resolve) })
  for (let at = from; at < end;) {
    const next = Math.min(end, at + 65_536)
    if (!response.write(content.subarray(at, next))) await Promise.race([once(response, 'drain'), gone])
    if (response.destroyed) return
    if (bytesPerSecond < Infinity) await new Promise(resolve => { setTimeout(resolve, (next - at) / bytesPerSecond * 1000) })
    at = next
  }
  if (fault?.kind === 'cut') response.destroy()
  else if (fault?.kind !== 'stall') response.end()
}

function take(mirror: FaultyMirror, path: string): Fault | null {
  const fault = mirror.faults.get(path)
  if (fault === undefined) return null
  if (fault.times <= 1) mirror.faults.delete(path)
  else mirror.faults.set(path, { ...fault, times: fault.times - 1 })
  return fault
}
