// Keeps a long-lived child running: started, restarted with back-off when it dies, its lines handed on, its state told.
import { execa } from 'execa'
import { programError } from './run-program.ts'

/** What is supervised. `check` runs before every start and throws when the child must not be started as configured. */
export interface ChildSpec {
  name: string
  file: string
  args: readonly string[]
  package: string
  check: () => Promise<void>
  onLine: (line: string) => void
  onState: (state: 'started' | 'died' | 'stopped', text: string) => void
  backoffMs?: { first: number, most: number }
}

/** A supervised child: its state for `/health/ready`, and how to end it. */
export interface SupervisedChild {
  readonly running: boolean
  readonly restarts: number
  readonly because: string | null
  stop: (deadlineMs: number) => Promise<void>
}

/** Starts the child and keeps it running until stopped: after a death it is started again, at once the first time, then with a back-off that doubles from `first` to `most` milliseconds and starts over when it has run for a minute. The first start's failure is thrown. */
export async function supervise(spec: ChildSpec): Promise<SupervisedChild> {
  const backoff = spec.backoffMs ?? { first: 250, most: 30_000 }
  let stopping = false
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let child: ReturnType<typeof launch> | undefined
  const status = { running: false, restarts: 0, because: null as string | null }

  function launch() {
    return execa(spec.file, spec.args, { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', all: true, buffer: false, reject: true, cleanup: true, preferLocal: false })
  }

  async function start(): Promise<void> {
    await spec.check()
    if (stopping) return
    const startedAt = Date.now()
    const own = launch()
    child = own
    void readLines(own.all, spec.onLine)
    const ended = own.then(() => 'it ended by itself with exit code 0', error => programError(spec.file, spec.package, error).message)
    await new Promise<void>((resolve, reject) => {
      own.nodeChildProcess.once('spawn', resolve)
      own.nodeChildProcess.once('error', error => { reject(programError(spec.file, spec.package, error)) })
    })
    status.running = true
    status.because = null
    spec.onState('started', `${spec.name} is running as process ${own.pid}`)
    void ended.then(because => {
      status.running = false
      if (stopping) return spec.onState('stopped', `${spec.name} was stopped`)
      if (Date.now() - startedAt > 60_000) failures = 0
      died(because)
    })
  }

  function died(because: string): void {
    status.running = false
    status.because = `${spec.name} died: ${because}`
    status.restarts += 1
    spec.onState('died', status.because)
    const waitMs = Math.min(backoff.first * 2 ** failures, backoff.most)
    failures += 1
    timer = setTimeout(() => { start().catch((error: unknown) => { if (!stopping) died(error instanceof Error ? error.message : String(error)) }) }, waitMs)
  }

  await start()
  return {
    get running() { return status.running },
    get restarts() { return status.restarts },
    get because() { return status.because },
    async stop(deadlineMs) {
      stopping = true
      clearTimeout(timer)
      if (child === undefined || !status.running) return
      child.kill('SIGTERM')
      const kill = setTimeout(() => child?.kill('SIGKILL'), deadlineMs)
      await child.catch(() => undefined)
      clearTimeout(kill)
    },
  }
}

async function readLines(stream: AsyncIterable<Buffer>, onLine: (line: string) => void): Promise<void> {
  let rest = ''
  try {
    for await (const chunk of stream) {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop()!.slice(-8192)
      for (const line of lines) if (line !== '') onLine(line)
    }
  } catch {
    // The pipe of a dying child breaks; its death is reported where it is awaited.
  }
  if (rest !== '') onLine(rest)
}
