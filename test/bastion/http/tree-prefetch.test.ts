// Packages fetched beforehand, and what a mirror has that is newer, over the real API of a real bastion.
import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { OsSource } from '../../../protocol/os-sources.ts'
import { startFaultyMirror, type FaultyMirror } from '../../lib/faulty-mirror.ts'
import { control, startLoopbackBastion, type LoopbackBastion } from '../../lib/loopback-bastion.ts'
import { putTree } from '../../lib/put-tree.ts'

const sumOf = (content: Buffer) => createHash('sha256').update(content).digest('hex')
const paths = Array.from({ length: 30 }, (_, index) => `Packages/p/package-${index}-1.2~rc1.fc43.x86_64.rpm`)

/** A repository at the root of a tree, as createrepo_c makes one; gives the paths of everything in it. */
function putRepository(mirror: FaultyMirror, root: string, form: 'gz' | 'zst' | 'xz', sizeOf: (path: string) => number = () => 20_000): string[] {
  const put = (path: string, content: Buffer) => { mirror.files.set(`${root}/${path}`, content) }
  for (const path of paths) put(path, randomBytes(20_000))
  const primary = Buffer.from(`<metadata>${paths.map(path => `<package type="rpm"><size package="${sizeOf(path)}" installed="1"/><location href="${path}"/></package>`).join('\n')}</metadata>`)
  const metadata = { [`repodata/ab-primary.xml.${form}`]: form === 'zst' ? zstdCompressSync(primary) : gzipSync(primary), 'repodata/cd-filelists.xml.gz': gzipSync('<filelists/>'), 'repodata/ef-comps.xml': Buffer.from('<comps/>') }
  for (const [path, content] of Object.entries(metadata)) put(path, content)
  put('repodata/repomd.xml', Buffer.from(`<repomd>${Object.keys(metadata).map(path => `<data type="${/primary|filelists|comps/.exec(path)![0]}"><location href="${path}"/></data>`).join('')}</repomd>`))
  return [...paths, ...Object.keys(metadata), 'repodata/repomd.xml']
}

/** `put`: what lies beside the tree before it is added; its package list is summed up in the .treeinfo. */
async function setUp(t: Test, put: (mirror: FaultyMirror) => void = () => undefined) {
  const mirror = await startFaultyMirror()
  t.teardown(() => mirror.stop())
  const { treeinfo: before } = putTree(mirror, '/releases/43/os')
  put(mirror)
  const treeinfo = Buffer.from(before.toString().replace(/^(repodata\/repomd\.xml = sha256:).*$/m, `$1${sumOf(mirror.files.get('/releases/43/os/repodata/repomd.xml')!)}`))
  mirror.files.set('/releases/43/os/.treeinfo', treeinfo)
  const bastion = await startLoopbackBastion(t)
  await bastion.control('POST', '/api/os', { name: 'fedora-43', url: `${mirror.url}/releases/43/os/`, sha256: sumOf(treeinfo) })
  const source = async () => (await bastion.control('GET', '/api/os/fedora-43')).json() as unknown as OsSource
  while ((await source()).state !== 'ready') await delay(20)
  const prefetched = async () => {
    for (;;) {
      const { prefetch } = await source()
      if (prefetch?.state !== 'running') return prefetch
      await delay(20)
    }
  }
  const begin = () => bastion.control('POST', '/api/os/fedora-43/prefetch')
  return { mirror, bastion, source, prefetched, begin }
}
const ask = (bastion: LoopbackBastion, path: string) => control(bastion.controlPort, 'GET', `/os/fedora-43/tree/${path}`, undefined, {})

t.test('all packages are fetched beforehand, and machines install when the mirror is gone', async t => {
  let everything: string[] = []
  const { mirror, bastion, prefetched, begin, source } = await setUp(t, mirror => { everything = putRepository(mirror, '/releases/43/os', 'zst') })
  mirror.faults.set('/releases/43/os/Packages/p/package-7-1.2~rc1.fc43.x86_64.rpm', { kind: 'status', status: 503, times: 1 })
  t.match(await begin(), { status: 202 })
  t.match(await prefetched(), { state: 'failed', because: /package-7.*answers 503/ })
  mirror.asked.length = 0
  t.match(await begin(), { status: 202 })
  t.match(await prefetched(), { state: 'done', packages: 30, sizeBytes: 600_000, percent: 100 })
  t.ok(mirror.asked.length < 30, `it went on where it stopped: ${mirror.asked.length} files`)
  await bastion.kill()
  await mirror.stop()
  await bastion.start()
  t.match(await source(), { state: 'ready', prefetch: { state: 'done' } }, 'a start of the bastion knows it')
  for (const path of everything) t.match(await ask(bastion, path), { status: 200, body: mirror.files.get(`/releases/43/os/${path}`)! }, path)
  t.equal((await bastion.control('DELETE', '/api/os/fedora-43')).status, 204)
})

t.test('an interrupted one goes on after a start of the bastion', async t => {
  const { mirror, bastion, prefetched, begin } = await setUp(t)
  putRepository(mirror, '/releases/43/os', 'gz')
  mirror.faults.set(`/releases/43/os/${paths[20]}`, { kind: 'stall', afterBytes: 1000, times: 1 })
  await begin()
  while (!mirror.asked.some(({ path }) => path.endsWith(paths[20]!))) await delay(20)
  await bastion.kill()
  await bastion.start()
  t.match(await prefetched(), { state: 'done', packages: 30 })
})

t.test('what can’t be prefetched is refused with the reason', async t => {
  const { mirror, bastion, prefetched, begin } = await setUp(t)
  t.match((await bastion.control('POST', '/api/os/debian-13/prefetch')).json(), { refusals: [{ code: 'os-missing' }] })
  t.equal((await bastion.control('POST', '/api/os/none/prefetch')).status, 404)
  t.equal((await control(bastion.controlPort, 'POST', '/api/os/fedora-43/prefetch', undefined, {})).status, 401)
  await begin()
  t.match(await prefetched(), { state: 'failed', because: /repomd\.xml can’t be read/ }, 'a repository that is none')
  mirror.files.delete('/releases/43/os/repodata/repomd.xml')
})

t.test('more than the cache may hold, and lists that are packed otherwise, are refused before a package is fetched', async t => {
  const { mirror, prefetched, begin } = await setUp(t)
  putRepository(mirror, '/releases/43/os', 'gz', () => 2 ** 31)
  mirror.asked.length = 0
  await begin()
  t.match(await prefetched(), { state: 'failed', because: /30 packages of 61440 MiB, and the cache may hold 20480 MiB.*os\.cacheMib/ })
  t.notOk(mirror.asked.some(({ path }) => path.endsWith('.rpm')))
})

t.test('a newer release at the mirror is hinted at; the mirror is asked once a day', async t => {
  const { mirror, bastion, source } = await setUp(t)
  putTree(mirror, '/releases/44/os')
  mirror.files.set('/releases/44/os/.treeinfo', Buffer.from(String(mirror.files.get('/releases/44/os/.treeinfo')).replaceAll('version = 43', 'version = 44').replaceAll('Fedora 43', 'Fedora 44')))
  await bastion.control('GET', '/api/os')
  while ((await source()).newer === null) await delay(20)
  t.equal((await source()).newer, `Fedora 44 is at ${mirror.url}/releases/44/os/.`)
  mirror.asked.length = 0
  await bastion.control('GET', '/api/os')
  await delay(200)
  t.strictSame(mirror.asked, [])
})

t.test('a new compose of the same tree is hinted at', async t => {
  const { mirror, bastion, source } = await setUp(t)
  putTree(mirror, '/releases/43/os')
  await bastion.control('GET', '/api/os')
  while ((await source()).newer === null) await delay(20)
  t.equal((await source()).newer, 'Fedora 43 was composed anew at its mirror: labctl os add fedora-43 fetches it.')
})
