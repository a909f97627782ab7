// Prefetches against a real mirror that sends what can't be read, goes silent, or meets a full disk.
import { randomBytes } from 'node:crypto'
import { readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { prefetchTree } from '../../../../bastion/install/prefetch/prefetch-tree.ts'
import { Prefetches } from '../../../../bastion/install/prefetch/prefetches.ts'
import { TreeStore } from '../../../../bastion/install/tree-store.ts'
import { UpstreamCache } from '../../../../bastion/install/upstream-cache.ts'
import { startFaultyMirror } from '../../../lib/faulty-mirror.ts'
import { placeTree } from '../../../lib/place-tree.ts'

async function setUp(t: Test) {
  const directory = t.testdir()
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const tree = { ...placeTree(directory, 'fedora-43'), repositories: [{ id: 'Server', url: `${mirror.url}/os/` }] }
  writeFileSync(join(directory, 'fedora-43', 'tree.json'), JSON.stringify(tree))
  const said: string[] = []
  const journal = pino({ level: 'error' }, { write: (line: string) => { said.push(line) } })
  const cache = new UpstreamCache({ directory: join(directory, 'cache'), mostBytes: 100_000_000, stallMs: 20_000, freshMs: 60_000, retryMs: [10], clock: Date.now, journal })
  const prefetches = new Prefetches({ directory, trees: new TreeStore({ directory, clock: Date.now, journal, stallMs: 1000 }), cache, clock: Date.now, journal })
  const put = (form: string, primary: Buffer) => {
    mirror.files.set('/os/repodata/repomd.xml', Buffer.from(`<repomd><data type="primary"><location href="repodata/primary.xml.${form}"/></data></repomd>`))
    mirror.files.set(`/os/repodata/primary.xml.${form}`, primary)
  }
  const fetchAll = (signal = new AbortController().signal, most?: number) => prefetchTree(tree, cache, signal, () => {}, most)
  const notes = join(directory, 'fedora-43', 'tree-prefetch.json')
  /** The next file that is written here meets a full disk. */
  const fill = () => { symlinkSync('/dev/full', `${notes}.${process.pid}.tmp`) }
  return { directory, mirror, put, fetchAll, prefetches, said, notes, fill }
}
const one = '<package type="rpm"><size package="10"/><location href="a.rpm"/></package>'
const openOf = (folder: string) => readdirSync('/proc/self/fd').filter(fd => {
  try { return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder) } catch { return false }
}).length

t.test('a list of packages that can’t be read leaves no file open', async t => {
  const { directory, put, fetchAll } = await setUp(t)
  put('xz', randomBytes(1_000_000))
  await t.rejects(fetchAll(), { code: 'BST_UPSTREAM_FAILED', message: /packed in a way that is not read here/ })
  t.equal(openOf(directory), 0, 'a form that is not read')
  for (const form of ['gz', 'zst']) {
    const { directory, put, fetchAll } = await setUp(t)
    put(form, randomBytes(3_000_000))
    await t.rejects(fetchAll(), { code: 'BST_UPSTREAM_FAILED' })
    for (let tries = 0; openOf(directory) > 0 && tries < 50; tries += 1) await delay(20)
    t.equal(openOf(directory), 0, `no ${form}`)
  }
})

t.test('more packages than any repository has are refused', async t => {
  const { put, fetchAll } = await setUp(t)
  put('gz', gzipSync(one.repeat(1001)))
  await t.rejects(fetchAll(undefined, 1000), { code: 'BST_REFUSED', message: /more than 1000 packages/ })
})

t.test('it is stopped at once while a mirror says nothing', async t => {
  const { mirror, put, fetchAll } = await setUp(t)
  put('gz', gzipSync(one))
  mirror.files.set('/os/a.rpm', randomBytes(10))
  mirror.faults.set('/os/a.rpm', { kind: 'stall', afterBytes: 5, times: 100 })
  const stop = new AbortController()
  const fetched = fetchAll(stop.signal)
  while (!mirror.asked.some(({ path }) => path === '/os/a.rpm')) await delay(10)
  await delay(50)
  const started = performance.now()
  stop.abort()
  await t.rejects(fetched, { name: 'AbortError' })
  t.ok(performance.now() - started < 5000)
})

t.test('a full disk ends no more than the prefetch', async t => {
  const { prefetches, said, notes, fill } = await setUp(t)
  t.match(prefetches.request('fedora-43'), { state: 'running' })
  fill()
  while (prefetches.find('fedora-43')?.state === 'running') await delay(10)
  t.match(prefetches.find('fedora-43'), { state: 'failed', because: /404/ }, 'the mirror has no repository')
  t.match(said.join(''), /how a prefetch ended could not be written down/)
  await prefetches.stop()
  writeFileSync(notes, JSON.stringify({ state: 'running', step: 'starting', percent: 0, packages: 0, sizeBytes: 0, at: 1, because: null }))
  await prefetches.remove('fedora-43')
  fill()
  t.doesNotThrow(() => { prefetches.resume() }, 'at the start of the bastion')
  t.match(said.join(''), /a prefetch could not go on/)
})
