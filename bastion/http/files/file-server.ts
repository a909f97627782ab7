// Serves the large files of the boot plane. What is small is answered here; downloads go, with their connections, to the file process.
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Events } from '../../platform/events.ts'
import type { Journal } from '../../platform/journal.ts'
import { decideChunk } from './decide-chunk.ts'
import { FileChild } from './file-child.ts'
import type { SentFile } from './file-job.ts'
import { openFile, type OpenFile } from './open-file.ts'
import { planFileAnswer, type AskedFile, type FileAnswer } from './plan-file-answer.ts'
import { readLater, readPart } from './read-part.ts'
import { sendPaced } from './send-paced.ts'

/** Up to so many bytes an answer costs less than giving its connection away. */
const smallBytes = 64 * 1024

/** `silenceMs`: after how long without a byte a client is given up. `onGive`: told that a connection is given away, of which this process sees no more; gives what is called at its end. */
export interface FileServerSpec {
  server: Server
  journal: Journal
  events: Events
  silenceMs: number
  idleMs?: number
  restMs?: number
  takeWithinMs?: number
  onGive: (socket: Socket, raw: ServerResponse) => (sent: SentFile) => void
}

/** See the first line of this file. */
export class FileServer {
  readonly child: FileChild
  readonly #spec: FileServerSpec
  /** Requests of a connection that aren't answered yet. */
  readonly #open = new WeakMap<Socket, number>()
  #lastId = 0
  #running = 0

  constructor(spec: FileServerSpec) {
    this.#spec = spec
    this.child = new FileChild({
      idleMs: spec.idleMs ?? 300_000, restMs: spec.restMs ?? 10_000, takeWithinMs: spec.takeWithinMs ?? 30_000,
      onState: (state, text) => {
        spec.journal[state === 'died' ? 'error' : 'info'](state === 'died' ? `${text}; files are sent by the bastion itself meanwhile` : text)
        spec.events.publish({ kind: 'child', name: 'files', state, text })
      },
    })
    spec.server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      this.#open.set(socket, (this.#open.get(socket) ?? 0) + 1)
      response.once('close', () => { this.#open.set(socket, (this.#open.get(socket) ?? 1) - 1) })
    })
  }

  /** Answers GET and HEAD of a file. */
  async send(request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> {
    const file = openFile(path)
    if (file === null) return reply.code(404).type('text/plain').send(`There is no file ${path.split('/').at(-1)} here any more.\n`)
    try {
      const asked = askedFile(request)
      const answer = planFileAnswer(asked, file.stamp)
      if (request.method === 'HEAD' || answer.lengthBytes === 0) return await reply.code(answer.status).headers(answer.headers).send()
      if (answer.lengthBytes <= smallBytes) {
        const body = await readPart(file, answer.start, answer.lengthBytes)
        if (body === null) return await reply.code(503).type('text/plain').send('This file is being replaced. Ask again.\n')
        return await reply.code(answer.status).headers(answer.headers).send(body)
      }
      void reply.headers(answer.headers).hijack()
      // One turn later the parser has let go of the connection, and requests that came with this one have been counted.
      await new Promise<void>(resolve => { setImmediate(resolve) })
      if (this.child.isReady && this.#open.get(request.raw.socket) === 1) this.#give(request, reply.raw, path, asked)
      else await this.#sendHere(reply.raw, file, answer)
      return reply
    } finally { file.close() }
  }

  /** Downloads break off. */
  stop(): Promise<void> {
    return this.child.stop()
  }

  #give({ raw: { socket } }: FastifyRequest, raw: ServerResponse, path: string, asked: AskedFile): void {
    this.#lastId += 1
    const over = this.#spec.onGive(socket, raw)
    void this.child.give(socket, { id: this.#lastId, path, asked, silenceMs: this.#spec.silenceMs }).then(over)
  }

  async #sendHere(raw: ServerResponse, file: OpenFile, answer: FileAnswer): Promise<void> {
    if (raw.destroyed) return
    this.#running += 1
    const closed = new Promise(resolve => { raw.once('close', resolve) })
    raw.writeHead(answer.status, answer.headers)
    sendPaced(raw, { file, start: answer.start, lengthBytes: answer.lengthBytes, read: readLater, chunkBytes: () => decideChunk(this.#running) })
    await closed
    this.#running -= 1
  }
}

function askedFile({ method, headers }: FastifyRequest): AskedFile {
  const text = (name: string) => { const value = headers[name]; return typeof value === 'string' ? value : null }
  return { method, range: text('range'), ifRange: text('if-range'), ifMatch: text('if-match'), ifNoneMatch: text('if-none-match'), ifModifiedSince: text('if-modified-since'), ifUnmodifiedSince: text('if-unmodified-since') }
}
