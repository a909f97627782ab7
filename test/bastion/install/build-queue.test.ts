import t from 'tap'
import type { Manifest } from '../../../protocol/os-sources.ts'
import { buildNoted, buildQueue, type BuildQueue } from '../../../bastion/install/build-queue.ts'
import { ImageStore } from '../../../bastion/install/image-store.ts'
import { BastionError } from '../../../bastion/platform/bastion-error.ts'

const manifest: Manifest = { version: 1, name: 'debian-13', recipe: 'r', kernel: '6.12', builtAt: 1, files: [] }

function queueOf(directory: string, build: BuildQueue['build']) {
  const stop = new AbortController()
  const told: string[] = []
  const store = new ImageStore(directory, () => 0)
  const queue: BuildQueue = {
    store, clock: () => 0, watch: false, signal: stop.signal, build, onNote: note => told.push(note),
    onProgress: (name, { step, percent }) => told.push(`${name} ${percent} ${step}`),
    onDone: (name, result) => told.push(`${name} ${result instanceof Error ? result.message : 'done'}`),
  }
  return { queue, store, stop, told }
}

t.test('what is queued is built, and its progress can be seen in the store meanwhile', async t => {
  const { queue, store, told } = queueOf(t.testdir(), (name, calls) => {
    calls.onProgress({ step: 'download', percent: 10 })
    t.match(store.find(name), { state: 'building', step: 'download', percent: 10 })
    return Promise.resolve(manifest)
  })
  store.request('debian-13', 1)
  t.equal(await buildQueue(queue), 0)
  t.strictSame(told, ['debian-13 10 download', 'debian-13 done'])
  t.strictSame(store.requests(), [])
})

t.test('a failed build keeps its reason and its next step, and is not tried again by itself', async t => {
  const { queue, store } = queueOf(t.testdir(), () => Promise.reject(new BastionError('BST_REFUSED', 'There is no mirror.', { nextStep: 'Name one.' })))
  store.request('debian-13', 1)
  t.equal(await buildQueue(queue), 1)
  t.match(store.find('debian-13'), { state: 'failed', because: 'There is no mirror. Name one.' })
  t.strictSame(store.requests(), [])
})

t.test('an interrupted build stays queued for the next run', async t => {
  const { queue, store, stop } = queueOf(t.testdir(), () => { stop.abort(); return Promise.reject(new Error('interrupted')) })
  store.request('debian-13', 1)
  await buildQueue(queue)
  t.match(store.find('debian-13'), { state: 'queued' })
  t.strictSame(store.requests(), [{ name: 'debian-13', requestedAt: 1 }])
})

t.test('an interrupted build that nobody queued leaves nothing to be seen', async t => {
  const { queue, store, stop } = queueOf(t.testdir(), () => { stop.abort(); return Promise.reject(new Error('interrupted')) })
  t.equal(await buildNoted(queue, 'debian-13'), false)
  t.equal(store.find('debian-13'), null)
})

t.test('a watching queue ends when it is told to', async t => {
  const { queue, stop } = queueOf(t.testdir(), () => Promise.resolve(manifest))
  const ended = buildQueue({ ...queue, watch: true })
  stop.abort()
  t.equal(await ended, 0)
})
