// Answers the front program's requests inside the namespaces.
import { chmodSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { execa } from 'execa'
import type { Children } from './keeper-children.ts'
import { addTap } from './keeper-network.ts'
import type { KeeperRequests, KeeperVerb, RunSpec } from './keeper-requests.ts'
import { readLines } from './read-lines.ts'

type Answers = { [Verb in KeeperVerb]: (ask: KeeperRequests[Verb]['ask'], from: Socket) => Promise<KeeperRequests[Verb]['answer']> }

/** Listens on the Unix socket at `path`, for its owner alone. */
export function serveRequests(path: string, children: Children, tell: { log: (text: string) => void, stop: () => void, leashGone: () => void }): void {
  const taps = new Map<string, Promise<void>>()
  const answers: Answers = {
    leash: async (_, from) => {
      children.leashed = true
      from.once('close', tell.leashGone)
      return {}
    },
    start: async spec => {
      const started = await children.start(spec)
      tell.log(`started ${spec.name} as ${started.pid}: ${[spec.file, ...spec.args].join(' ')}`)
      void children.ended(spec.name).then(end => { tell.log(`${spec.name} ended: ${JSON.stringify(end)}`) })
      return started
    },
    ended: async ({ name }) => ({ end: await children.ended(name) }),
    signal: async ({ name, signal }) => ({ found: children.signal(name, signal) }),
    children: async () => ({ running: children.running() }),
    run: runInside,
    tap: async ({ name }) => {
      if (!taps.has(name)) taps.set(name, addTap(name))
      await taps.get(name)
      return {}
    },
    stop: async () => { setImmediate(tell.stop); return {} },
  }
  createServer(socket => {
    socket.on('error', () => { socket.destroy() })
    readLines(socket, line => {
      void answer(line, socket, answers).then(text => { if (socket.writable) socket.write(`${text}\n`) })
    })
  }).listen(path, () => { chmodSync(path, 0o600) })
}

async function answer(line: string, from: Socket, answers: Answers): Promise<string> {
  const { id, verb, ask } = JSON.parse(line) as { id: number, verb: KeeperVerb, ask: never }
  try {
    return JSON.stringify({ id, answer: await answers[verb](ask, from) })
  } catch (error) {
    return JSON.stringify({ id, error: error instanceof Error ? error.message : String(error) })
  }
}

async function runInside({ file, args, input, timeoutMs }: RunSpec) {
  const { stdout, stderr, exitCode, failed, shortMessage } = await execa(file, args, { reject: false, timeout: timeoutMs, forceKillAfterDelay: 2000, ...(input === undefined ? { stdin: 'ignore' } : { input }) })
  if (failed && exitCode === undefined) throw new Error(shortMessage)
  return { stdout, stderr, exitCode: exitCode ?? null }
}
