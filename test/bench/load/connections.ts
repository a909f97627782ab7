// An HTTP client that costs as little as possible: the generator shares two processors with what it measures.
import { connect, type Socket } from 'node:net'
import { addressOf } from './population.ts'

/** Called once per request: the body, or null with what went wrong. */
export type Answered = (body: string | null, failure: string | null) => void

const headEnd = Buffer.from('\r\n\r\n')

/** Connections to one port of loopback, one request at a time on each, as many as are needed at once. */
export class Connections {
  readonly #port: number
  readonly #keep: boolean
  readonly #idle: Connection[] = []
  #opened = 0

  constructor(port: number, keep: boolean) {
    this.#port = port
    this.#keep = keep
  }

  get opened(): number {
    return this.#opened
  }

  /** Asks on a connection that waits, else on a new one, which comes from an address of its own. */
  ask(path: string, answered: Answered): void {
    const waiting = this.#idle.pop()
    if (waiting === undefined) this.#opened += 1
    const connection = waiting ?? new Connection(connect({ host: '127.0.0.1', port: this.#port, localAddress: addressOf(this.#opened), noDelay: true }), this.#keep ? done => this.#idle.push(done) : null, gone => this.#drop(gone))
    connection.ask(path, answered)
  }

  close(): void {
    for (const connection of this.#idle) connection.socket.destroy()
  }

  #drop(connection: Connection): void {
    const at = this.#idle.indexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
  }
}

class Connection {
  readonly socket: Socket
  readonly #reuse: ((connection: Connection) => void) | null
  #answered: Answered | null = null
  #bytes: Buffer | null = null

  constructor(socket: Socket, reuse: ((connection: Connection) => void) | null, gone: (connection: Connection) => void) {
    this.socket = socket
    this.#reuse = reuse
    socket.on('data', (chunk: Buffer) => { this.#take(chunk) })
    socket.on('error', error => { this.#end(null, (error as NodeJS.ErrnoException).code ?? error.message) })
    socket.on('close', () => { this.#end(null, 'closed before its answer'); gone(this) })
  }

  ask(path: string, answered: Answered): void {
    this.#answered = answered
    this.socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nuser-agent: iPXE/1.21.1\r\n${this.#reuse === null ? 'connection: close\r\n' : ''}\r\n`)
  }

  #take(chunk: Buffer): void {
    const bytes = this.#bytes === null ? chunk : Buffer.concat([this.#bytes, chunk])
    this.#bytes = bytes
    const end = bytes.indexOf(headEnd)
    if (end < 0) return
    const head = bytes.toString('latin1', 0, end)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) return this.#end(null, `no length: ${head.slice(0, 60)}`)
    if (bytes.length < end + 4 + length) return
    this.#bytes = null
    this.#end(head.startsWith('HTTP/1.1 200') ? bytes.toString('utf8', end + 4, end + 4 + length) : null, head.slice(0, 30))
    if (this.#reuse === null) this.socket.destroy()
    else this.#reuse(this)
  }

  #end(body: string | null, failure: string): void {
    const answered = this.#answered
    this.#answered = null
    answered?.(body, body === null ? failure : null)
  }
}
