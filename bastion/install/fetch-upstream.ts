// Fetches one file from the server that an installation tree comes from: with time limits, a size limit, and no way from https to http.
import { BastionError, systemCode } from '../platform/bastion-error.ts'

/** A file that is coming. `sizeBytes`: as the server says; null where it doesn't. */
export interface Upstream { url: string, status: 200 | 206, sizeBytes: number | null, etag: string | null, lastModified: string | null, chunks: AsyncIterable<Uint8Array> }
/** What {@link fetchUpstream} takes. `from`: byte to begin with, of the file that `etag` names; of whatever is there now where it is null. `agent`: how long nothing may come, in milliseconds. */
export interface UpstreamFetch { url: string, mostBytes: number, stallMs: number, signal?: AbortSignal, from?: { byte: number, etag: string | null }, ifNoneMatch?: string }

const mostRedirects = 5

/** Begins the fetch; null where `ifNoneMatch` still is the file. Refuses (`BST_UPSTREAM_FAILED`, with what to do) other answers than the file, redirects to plain HTTP from https, more than `mostBytes`, and a server that says nothing for `stallMs`, now or while the chunks are read. */
export async function fetchUpstream(fetching: UpstreamFetch): Promise<Upstream | null> {
  const stalled = new AbortController()
  let timer = setTimeout(() => { stalled.abort() }, fetching.stallMs)
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => { stalled.abort() }, fetching.stallMs)
  }
  const signal = fetching.signal === undefined ? stalled.signal : AbortSignal.any([stalled.signal, fetching.signal])
  try {
    const { response, url } = await follow(fetching, signal)
    if (response.status === 304 && fetching.ifNoneMatch !== undefined) {
      await response.body?.cancel()
      clearTimeout(timer)
      return null
    }
    if (response.status !== 200 && !(response.status === 206 && fetching.from !== undefined)) {
      await response.body?.cancel()
      throw failed(`${url} answers ${response.status}${response.status === 404 ? ' (not there)' : ''}.`, response.status === 404 ? 'Check the URL; a mirror that is just being updated has its files back within an hour.' : 'Try again later, or another mirror.')
    }
    const length = Number(response.headers.get('content-length') ?? Number.NaN)
    // undici has unpacked a compressed answer: the length is then that of what went over the wire.
    const sizeBytes = Number.isSafeInteger(length) && response.headers.get('content-encoding') === null ? length : null
    if (sizeBytes !== null && sizeBytes > fetching.mostBytes) {
      await response.body?.cancel()
      throw tooLarge(url, fetching.mostBytes)
    }
    return { url, status: response.status as 200 | 206, sizeBytes, etag: response.headers.get('etag'), lastModified: response.headers.get('last-modified'), chunks: read(response, fetching, url, sizeBytes, alive, () => { clearTimeout(timer) }, stalled.signal) }
  } catch (cause) {
    clearTimeout(timer)
    throw described(cause, fetching, stalled.signal)
  }
}

async function follow({ url, from, ifNoneMatch }: UpstreamFetch, signal: AbortSignal): Promise<{ response: Response, url: string }> {
  let at = new URL(url)
  for (let hops = 0; hops <= mostRedirects; hops += 1) {
    const response = await fetch(at, { redirect: 'manual', signal, headers: {
      'accept-encoding': 'identity', 'user-agent': 'labctl-bastion',
      ...from === undefined ? {} : { range: `bytes=${from.byte}-`, ...from.etag === null ? {} : { 'if-range': from.etag } }, ...ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch },
    } })
    const location = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return { response, url: at.href }
    await response.body?.cancel()
    const next = URL.canParse(location, at) ? new URL(location, at) : null
    if (next === null || !['http:', 'https:'].includes(next.protocol)) throw failed(`${at.href} redirects to ${JSON.stringify(location.slice(0, 200))}, which is no URL of a web server.`, 'Name a mirror directly.')
    if (at.protocol === 'https:' && next.protocol === 'http:') throw failed(`${at.href} redirects to plain HTTP (${next.href}), where anybody on the way could change it.`, 'Name an https mirror directly.')
    at = next
  }
  throw failed(`${url} redirects more than ${mostRedirects} times.`, 'Name a mirror directly.')
}

async function* read(response: Response, fetching: UpstreamFetch, url: string, sizeBytes: number | null, alive: () => void, end: () => void, stalled: AbortSignal): AsyncGenerator<Uint8Array> {
  let got = 0
  try {
    for await (const chunk of response.body ?? []) {
      alive()
      got += chunk.length
      if (got > fetching.mostBytes) throw tooLarge(url, fetching.mostBytes)
      yield chunk
      alive()
    }
    if (sizeBytes !== null && got !== sizeBytes) throw failed(`${url} ended after ${got} of ${sizeBytes} bytes.`, 'Try again; what came whole is kept.')
  } catch (cause) {
    throw described(cause, fetching, stalled)
  } finally {
    end()
  }
}

function described(cause: unknown, { url, stallMs, signal }: UpstreamFetch, stalled: AbortSignal): unknown {
  if (cause instanceof BastionError || signal?.aborted === true) return cause
  if (stalled.aborted) return failed(`${url} sent nothing for ${Math.round(stallMs / 1000)} s.`, 'Try again later, or another mirror.', cause)
  const inner = (cause as { cause?: unknown }).cause
  const code = systemCode(inner) ?? systemCode(cause)
  return failed(`${url} could not be fetched: ${inner instanceof Error ? inner.message : cause instanceof Error ? cause.message : String(cause)}${code === null ? '' : ` (${code})`}`, 'Check the URL, and that this host reaches it (proxy, DNS, firewall, the authority that signed its certificate).', cause)
}

const failed = (because: string, nextStep: string, cause?: unknown): BastionError => new BastionError('BST_UPSTREAM_FAILED', because, { nextStep, ...cause === undefined ? {} : { cause } })
const tooLarge = (url: string, mostBytes: number): BastionError => failed(`${url} is larger than ${Math.round(mostBytes / 2 ** 20)} MiB, the most that such a file may have.`, 'Check that the URL is that of an installation tree.')
