import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { setPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { FileJob, FileWord, SentFile } from './file-job.ts'

/** `onState`: told of each start, and of each death that nobody wanted. */
export interface FileChildSpec {
  onState: (state: 'started' | 'died' | 'stopped', text: string) => void
  /** It ends when it had nothing to send for so long; the next file starts it again. */
  idleMs: number
  /** After a death it is not started again for so long. */
  restMs: number
  /** When it hasn't taken a connection for so long it hangs, on a disk that doesn't answer for example, and is ended. */
  takeWithinMs: number
}

interface Waiting { job: FileJob, socket: Socket, done: (sent: SentFile) => void }

const gone: SentFile = { status: 500, bytes: null, whole: false }
/** The file process, as the bastion sees it: started when it is needed, given one connection at a time. */
export class FileChild {
  readonly #spec: FileChildSpec
  readonly #queue: Waiting[] = []
  readonly #given = new Map<number, Waiting>()
  #child: ChildProcess | null = null
  #taking: { id: number, timer: NodeJS.Timeout } | null = null
  #idle: NodeJS.Timeout | undefined
  #restUntil = 0
  #stopping = false

  constructor(spec: FileChildSpec) {
    this.#spec = spec
  }

  /** That a connection can be given to it: it runs, or may be started. */
  get isReady(): boolean {
    return !this.#stopping && (this.#child !== null || performance.now() >= this.#restUntil)
  }

  /** Its process id; null while it doesn't run. */
  get pid(): number | null {
    return this.#child?.pid ?? null
  }

  /** Gives it a connection, which is its own from then on. Resolves when the answer is over, or can't come any more. */
  give(socket: Socket, job: FileJob): Promise<SentFile> {
    clearTimeout(this.#idle)
    this.#child ??= this.#start()
    return new Promise(resolve => {
      this.#queue.push({ job, socket, done: resolve })
      this.#giveNext()
    })
  }

  /** Ends it. What it was sending breaks off. */
  async stop(): Promise<void> {
    this.#stopping = true
    const child = this.#child
    if (child === null) return
    const ended = new Promise<void>(resolve => { child.once('exit', () => { resolve() }) })
    this.#end(child)
    const kill = setTimeout(() => child.kill('SIGKILL'), 2000)
    await ended
    clearTimeout(kill)
  }

  #start(): ChildProcess {
    const { NODE_COMPILE_CACHE } = process.env
    const child = fork(fileURLToPath(new URL('file-program.ts', import.meta.url)), [], {
      // What the bastion itself was started with (an inspector, a test's hooks) isn't meant for it; of the environment it needs nothing.
      execArgv: ['--max-semi-space-size=1'], env: { MALLOC_ARENA_MAX: '1', ...NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE } }, stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (word: FileWord) => { this.#hear(word) })
    child.on('error', error => { this.#lost(child, error.message) })
    child.on('exit', (code, signal) => { this.#lost(child, signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`) })
    if (child.pid === undefined) return child
    // Below the bastion itself: what a machine waits for longest, a script, is short.
    try { setPriority(child.pid, 5) } catch { /* it ended at once, and is reported so */ }
    this.#spec.onState('started', `the file process is running as process ${child.pid}`)
    return child
  }

  #giveNext(): void {
    const child = this.#child
    if (child === null || this.#taking !== null) return
    const next = this.#queue.shift()
    if (next === undefined) return
    if (next.socket.destroyed) {
      this.#over(next, gone)
      return this.#giveNext()
    }
    this.#given.set(next.job.id, next)
    this.#taking = { id: next.job.id, timer: setTimeout(() => { this.#giveUp(child, `it took no connection for ${this.#spec.takeWithinMs / 1000} s`) }, this.#spec.takeWithinMs) }
    // With its server known, Node would count the connection for the child, and once a child is gone a net.Server that has counted so never closes.
    Reflect.set(next.socket, 'server', null)
    // Kept open here until it has arrived there: what is on the way to a process that dies would stay open for ever.
    child.send(next.job, next.socket, { keepOpen: true }, error => { if (error !== null) this.#giveUp(child, error.message) })
  }

  #hear(word: FileWord): void {
    if (word.kind === 'taken') {
      if (this.#taking?.id !== word.id) return
      clearTimeout(this.#taking.timer)
      this.#taking = null
      this.#given.get(word.id)?.socket.destroy()
      return this.#giveNext()
    }
    const given = this.#given.get(word.id)
    this.#given.delete(word.id)
    if (given !== undefined) this.#over(given, word.sent)
  }

  #over(waiting: Waiting, sent: SentFile): void {
    waiting.done(sent)
    if (this.#given.size > 0 || this.#queue.length > 0 || this.#child === null) return
    const child = this.#child
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => { this.#end(child) }, this.#spec.idleMs)
    this.#idle.unref()
  }

  /** From here on it is nobody's: the next file starts another. */
  #end(child: ChildProcess): void {
    this.#forget(child)
    if (child.connected) child.disconnect()
    this.#spec.onState('stopped', 'the file process has ended')
  }

  /** Without waiting for its end, which a disk may put off. */
  #giveUp(child: ChildProcess, because: string): void {
    child.kill('SIGKILL')
    this.#lost(child, because)
  }

  #lost(child: ChildProcess, because: string): void {
    if (this.#child !== child) return
    this.#restUntil = performance.now() + this.#spec.restMs
    this.#forget(child)
    this.#spec.onState('died', `the file process died: ${because}`)
  }

  /** Connections that it was to have and hasn't are closed, so that their machines ask again. */
  #forget(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = null
    clearTimeout(this.#idle)
    clearTimeout(this.#taking?.timer)
    this.#taking = null
    const lost = [...this.#given.values(), ...this.#queue.splice(0)]
    this.#given.clear()
    for (const waiting of lost) {
      waiting.socket.destroy()
      waiting.done(gone)
    }
  }
}
