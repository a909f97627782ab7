// HTTP as a machine speaks it: one connection per request, from the address that it leased; plain for iPXE, with a pinned key for the RAM disk's curl.
import { createHash } from 'node:crypto'
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** An answer. `body` is empty where its bytes were thrown away. */
export interface HttpAnswer { status: number, headers: string, body: Buffer, sizeBytes: number }

const shared = Buffer.alloc(256 * 1024)

/** Seconds until a question that was answered at once is asked again; none where it was held open. */
export const askedAgainIn = (answer: HttpAnswer) => Number(/^retry-after: (\d+)\r?$/im.exec(answer.headers)?.[1] ?? 0)

/** GET from the local address `from`. `keep`: hold on to the body; otherwise it is counted and thrown away. */
export function fetchPlain(from: string, url: URL, keep: boolean): Promise<HttpAnswer> {
  const reader = new AnswerReader(keep)
  const socket: Socket = connect({
    host: url.hostname, port: Number(url.port), localAddress: from,
    onread: { buffer: shared, callback: (count, buffer) => { reader.take((buffer as Buffer).subarray(0, count)); return true } },
  })
  socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: iPXE/1.0.0+\r\nConnection: close\r\n\r\n`)
  return reader.finish(socket)
}

/** One request over TLS: nothing is sent unless the server's key has one of the pins (base64 SHA-256 of its SPKI). */
export function fetchPinned(from: string, url: URL, { pins, method = 'GET', headers = {}, body = Buffer.alloc(0) }: { pins: readonly string[], method?: string, headers?: Record<string, string>, body?: Buffer }): Promise<HttpAnswer> {
  const reader = new AnswerReader(true)
  const socket = connectTls({ host: url.hostname, port: Number(url.port), rejectUnauthorized: false, ...{ localAddress: from } satisfies Partial<TcpNetConnectOpts> })
  socket.once('secureConnect', () => {
    if (!pins.includes(pinOf(socket.getPeerCertificate().raw, () => socket.getPeerX509Certificate()!.publicKey.export({ type: 'spki', format: 'der' })))) { socket.destroy(new Error('the server has another key than the pinned one')); return }
    const lines = Object.entries({ Host: url.host, ...headers, 'Content-Length': String(body.length), Connection: 'close' }).map(([key, value]) => `${key}: ${value}\r\n`).join('')
    socket.write(Buffer.concat([Buffer.from(`${method} ${url.pathname} HTTP/1.1\r\n${lines}\r\n`), body]))
  })
  socket.on('data', chunk => { reader.take(chunk as Buffer) })
  return reader.finish(socket)
}

const known = new Map<string, string>()

/** All machines of a storm meet the same certificate: its key is taken apart once. */
function pinOf(certificate: Buffer, key: () => Buffer): string {
  const print = certificate.toString('latin1')
  const pin = known.get(print) ?? createHash('sha256').update(key()).digest('base64')
  known.set(print, pin)
  return pin
}

/** Takes an answer with Content-Length apart as it comes. */
class AnswerReader {
  readonly #keep: boolean
  #head: Buffer | null = Buffer.alloc(0)
  readonly #answer: HttpAnswer = { status: 0, headers: '', body: Buffer.alloc(0), sizeBytes: 0 }
  readonly #kept: Buffer[] = []
  #wanted = 0

  constructor(keep: boolean) { this.#keep = keep }

  take(chunk: Buffer): void {
    if (this.#head === null) { this.#takeBody(chunk); return }
    this.#head = Buffer.concat([this.#head, chunk])
    const end = this.#head.indexOf('\r\n\r\n')
    if (end === -1) return
    const rest = this.#head.subarray(end + 4)
    this.#answer.headers = this.#head.subarray(0, end).toString('latin1')
    this.#answer.status = Number(this.#answer.headers.split(' ')[1])
    this.#wanted = Number(/^content-length: (\d+)/im.exec(this.#answer.headers)?.[1] ?? (this.#answer.status === 204 ? 0 : Number.NaN))
    this.#head = null
    this.#takeBody(rest)
  }

  #takeBody(chunk: Buffer): void {
    this.#answer.sizeBytes += chunk.length
    if (this.#keep && chunk.length > 0) this.#kept.push(Buffer.from(chunk))
  }

  async finish(socket: Socket): Promise<HttpAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('error', reject)
    socket.once('close', () => { resolve() })
    await promise
    if (this.#head !== null) throw new Error('the connection was closed before an answer came')
    if (this.#answer.sizeBytes !== this.#wanted) throw new Error(`${this.#answer.sizeBytes} of ${this.#wanted} bytes came`)
    return { ...this.#answer, body: Buffer.concat(this.#kept) }
  }
}
