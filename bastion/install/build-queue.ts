// Runs the builds that were asked for, one after the other, telling the daemon by files where each is.
import { setTimeout as delay } from 'node:timers/promises'
import type { Manifest } from '../../protocol/os-sources.ts'
import { BastionError } from '../platform/bastion-error.ts'
import type { BuildCalls, BuildProgress } from '../platform/build-progress.ts'
import type { Clock } from '../platform/clock.ts'
import type { ImageStore } from './image-store.ts'

/** What {@link buildQueue} takes. `build` makes one image; `watch`: wait for further requests instead of ending. */
export interface BuildQueue {
  store: ImageStore
  clock: Clock
  watch: boolean
  build: (name: string, calls: BuildCalls) => Promise<Manifest>
  onProgress: (name: string, progress: BuildProgress) => void
  onNote: (note: string) => void
  onDone: (name: string, result: Manifest | Error) => void
  signal: AbortSignal
}

/** Builds what is queued. An interrupted build stays queued and is gone on with next time; a failed one is noted with its reason and waits to be asked for again. Gives how many failed. */
export async function buildQueue(queue: BuildQueue): Promise<number> {
  let failed = 0
  while (!queue.signal.aborted) {
    const [next] = queue.store.requests()
    if (next !== undefined) failed += await buildNoted(queue, next.name) ? 0 : 1
    else if (!queue.watch) break
    else await delay(2000, undefined, { signal: queue.signal }).catch(() => undefined)
  }
  return failed
}

/** Builds one image, noting in the store where it is. Gives whether it is there now; an error goes to `onDone`. */
export async function buildNoted(queue: Omit<BuildQueue, 'watch'>, name: string): Promise<boolean> {
  const { store, clock } = queue
  let last: BuildProgress = { step: 'starting', percent: 0 }
  const note = (progress: BuildProgress) => {
    last = progress
    store.note(name, { state: 'building', ...progress, because: null, updatedAt: clock() })
  }
  note(last)
  const alive = setInterval(() => note(last), 10_000)
  try {
    const manifest = await queue.build(name, { signal: queue.signal, onNote: queue.onNote, onProgress(progress) { note(progress); queue.onProgress(name, progress) } })
    store.note(name, null)
    queue.onDone(name, manifest)
    return true
  } catch (cause) {
    const error = cause instanceof Error ? cause : new Error(String(cause))
    if (queue.signal.aborted) {
      const asked = store.requests().some(request => request.name === name)
      store.note(name, !asked ? null : { state: 'queued', step: null, percent: null, because: null, updatedAt: clock() })
    } else {
      const nextStep = error instanceof BastionError && error.nextStep !== null ? ` ${error.nextStep}` : ''
      store.note(name, { state: 'failed', step: null, percent: null, because: `${error.message}${nextStep}`, updatedAt: clock() })
    }
    queue.onDone(name, error)
    return false
  } finally {
    clearInterval(alive)
  }
}
