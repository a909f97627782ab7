// The file process itself: when it runs, and what becomes of connections when it or a client doesn't do its part. Real HTTP, real processes; only the times are short.
import { once } from 'node:events'
import { readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fastify from 'fastify'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { FileServer } from '../../../../bastion/http/files/file-server.ts'
import type { SentFile } from '../../../../bastion/http/files/file-job.ts'
import { Events } from '../../../../bastion/platform/events.ts'
import { digest, getText, madeBytes, rawAnswer, rawConnection } from './placed-files.ts'

const small = madeBytes(5_000_000)

interface Serving { port: number, files: FileServer, sent: SentFile[], states: string[], folder: string }

async function serving(t: Test, times: { idleMs?: number, restMs?: number, silenceMs?: number, takeWithinMs?: number } = {}): Promise<Serving> {
  const folder = t.testdir()
  writeFileSync(join(folder, 'small'), small)
  // Sparse: as large as it needs to be, at no cost.
  writeFileSync(join(folder, 'large'), '')
  truncateSync(join(folder, 'large'), 400 * 2 ** 20)
  const app = fastify({ forceCloseConnections: true })
  const [sent, states]: [SentFile[], string[]] = [[], []]
  const events = new Events(error => { throw error })
  events.subscribe(event => { if (event.kind === 'child') states.push(event.state) })
  const files = new FileServer({ server: app.server, journal: pino({ enabled: false }), events, silenceMs: 60_000, ...times, onGive: () => one => { sent.push(one) } })
  app.route<{ Params: { file: string } }>({ method: ['GET', 'HEAD'], url: '/:file', handler: (request, reply) => files.send(request, reply, join(folder, request.params.file)) })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(async () => { await files.stop(); await app.close() })
  return { port: (app.server.address() as { port: number }).port, files, sent, states, folder }
}

/** Signals the file process; never, by a 0, this one and its whole group. */
function signal({ child: { pid } }: FileServer, name: 'SIGKILL' | 'SIGSTOP'): void {
  if (pid === null) throw new Error('There is no file process.')
  process.kill(pid, name)
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries === 2000) throw new Error('It did not come to pass.')
    await sleep(20)
  }
}

t.test('it starts with the first download, ends when there was none for a while, and starts again', async t => {
  const { port, files, states, sent } = await serving(t, { idleMs: 1000 })
  t.equal(files.child.pid, null)
  t.equal(digest((await rawAnswer(port, getText('/small'))).body), digest(small))
  t.ok(files.child.pid !== null)
  await until(() => files.child.pid === null)
  t.same(states, ['started', 'stopped'])
  t.equal(digest((await rawAnswer(port, getText('/small'))).body), digest(small))
  t.same(states, ['started', 'stopped', 'started'])
  // The file process tells a moment after the last byte.
  await until(() => sent.length === 2)
  t.match(sent, [{ status: 200, bytes: small.length, whole: true }, { status: 200, bytes: small.length, whole: true }])
})

t.test('after its death it rests, downloads go on without it, and then it is there again', async t => {
  const { port, files, states } = await serving(t, { restMs: 4000 })
  await rawAnswer(port, getText('/small'))
  signal(files, 'SIGKILL')
  await until(() => files.child.pid === null)
  t.equal(digest((await rawAnswer(port, getText('/small', { connection: 'close' }))).body), digest(small))
  t.equal(files.child.pid, null)
  await sleep(4100)
  t.equal(digest((await rawAnswer(port, getText('/small'))).body), digest(small))
  t.same(states, ['started', 'died', 'started'])
})

t.test('one that hangs is ended, and the connections it was to have are closed, so that their machines ask again', async t => {
  const { port, files, states } = await serving(t, { takeWithinMs: 4000 })
  await rawAnswer(port, getText('/small'))
  signal(files, 'SIGSTOP')
  const waiting = await Promise.all(Array.from({ length: 5 }, () => rawAnswer(port, getText('/small'))))
  t.same(waiting.map(answer => answer.body.length), [0, 0, 0, 0, 0])
  t.same(states, ['started', 'died'])
  t.equal(digest((await rawAnswer(port, getText('/small', { connection: 'close' }))).body), digest(small))
})

t.test('a client that reads nothing for too long is given up, one that is slow is not', async t => {
  const { port, sent } = await serving(t, { silenceMs: 1000 })
  const stalled = rawConnection(port)
  stalled.write(getText('/large'))
  await once(stalled, 'data')
  stalled.pause()
  const slow = rawConnection(port)
  slow.write(getText('/large'))
  const sips = setInterval(() => { slow.read(1_000_000) }, 50)
  t.teardown(() => { clearInterval(sips); slow.destroy(); stalled.destroy() })
  slow.pause()
  await until(() => sent.length === 1)
  t.match(sent, [{ whole: false }])
  await sleep(1500)
  t.equal(sent.length, 1, 'the slow one is still served')
})

t.test('a client that hangs up while it waits, or in the middle, is the end of its download only', async t => {
  const { port, sent, files } = await serving(t)
  const [early, late] = [rawConnection(port), rawConnection(port)]
  early.write(getText('/large'), () => { early.destroy() })
  late.write(getText('/large'))
  await once(late, 'data')
  late.destroy()
  await until(() => sent.length >= 1 && !sent.some(one => one.whole))
  t.equal(digest((await rawAnswer(port, getText('/small'))).body), digest(small))
  t.ok(files.child.pid !== null)
})

t.test('two hundred clients that stop reading cost little memory', async t => {
  const { port, files } = await serving(t)
  const sockets = Array.from({ length: 200 }, () => rawConnection(port))
  t.teardown(() => { for (const socket of sockets) socket.destroy() })
  await Promise.all(sockets.map(async socket => {
    socket.write(getText('/large'))
    await once(socket, 'data')
    socket.pause()
  }))
  const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${files.child.pid}/status`, 'utf8'))![1]) / 1024
  t.ok(resident < 160, `${resident.toFixed(0)} MiB`)
  t.equal(digest((await rawAnswer(port, getText('/small'))).body), digest(small), 'and nobody waits for them')
})
