import t from 'tap'
import { sampleSource } from '../samples.ts'
import { problem, standInBastion } from '../stand-in-bastion.ts'
import { pointAt, runLabctl } from '../run-labctl.ts'

t.test('no operating systems: the list names the next step, and -o json is still a list', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('sources', () => ({ body: { sources: [] } }))
  t.match((await runLabctl(t, ['os', 'list'], { env: pointAt(bastion) })).out, 'labctl os add debian-13')
  t.same(JSON.parse((await runLabctl(t, ['os', 'list', '-o', 'json'], { env: pointAt(bastion) })).out), { sources: [] })
})

t.test('the list shows state, size, progress and why a build failed', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('sources', () => ({ body: { sources: [sampleSource(), sampleSource({ name: 'a', state: 'building', step: 'packages', percent: 12.4, builtAt: null, files: [] }), sampleSource({ name: 'b', state: 'failed', because: 'No mirror answers.', builtAt: null, files: [] })] } }))
  const { out } = await runLabctl(t, ['os', 'list'], { env: pointAt(bastion) })
  t.match(out, /debian-13 +ready .*image\.tar 700 MiB/)
  t.match(out, /a +building .*packages 12%/)
  t.match(out, /b +failed .*No mirror answers\./)
})

t.test('add follows the build step by step and ends with what was built', async t => {
  const bastion = await standInBastion(t)
  const states = [sampleSource({ state: 'building', step: 'packages', percent: 10 }), sampleSource({ state: 'building', step: 'compress', percent: 80 }), sampleSource()]
  bastion.answers.set('addSource', () => ({ status: 202, body: sampleSource({ state: 'queued', percent: null, files: [] }) }))
  bastion.answers.set('source', () => ({ body: states.shift() ?? sampleSource() }))
  const { code, out } = await runLabctl(t, ['os', 'add', 'debian-13'], { env: pointAt(bastion) })
  t.equal(code, 0)
  t.match(out, /^queued .*\npackages .*\ncompress .*\nReady: debian-13 \(image\.tar 700 MiB\)\.\nNext: labctl provision install/)
})

t.test('on a terminal add shows a bar that is gone in the end', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('addSource', () => ({ status: 202, body: sampleSource({ state: 'building', step: 'packages', percent: 50 }) }))
  bastion.answers.set('source', () => ({ body: sampleSource() }))
  const { out } = await runLabctl(t, ['os', 'add', 'debian-13'], { env: pointAt(bastion), live: true })
  t.match(out, '[###############---------------]  50%  packages')
  t.match(out, '\r\u001b[2K\u001b[32mReady')
})

t.test('add gives 1 when the build fails, and does not follow with --no-wait', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('addSource', () => ({ status: 202, body: sampleSource({ state: 'queued', files: [] }) }))
  bastion.answers.set('source', () => ({ body: sampleSource({ state: 'failed', because: 'The disk is full.', files: [] }) }))
  const failed = await runLabctl(t, ['os', 'add', 'debian-13'], { env: pointAt(bastion) })
  t.equal(failed.code, 1)
  t.match(failed.err, 'The disk is full.')
  const queued = await runLabctl(t, ['os', 'add', 'debian-13', '--no-wait'], { env: pointAt(bastion) })
  t.equal(queued.code, 0)
  t.match(queued.out, /^Queued/)
})

t.test('add says what must run when nothing takes the build', async t => {
  const bastion = await standInBastion(t)
  const stop = new AbortController()
  bastion.answers.set('addSource', () => ({ status: 202, body: sampleSource({ state: 'queued', files: [] }) }))
  let polls = 0
  bastion.answers.set('source', () => { polls += 1; if (polls === 11) stop.abort(); return { body: sampleSource({ state: 'queued', files: [] }) } })
  const { code, err } = await runLabctl(t, ['os', 'add', 'debian-13'], { env: pointAt(bastion), signal: stop.signal })
  t.equal(code, 130)
  t.match(err, 'labctl-bastion build queue --config FILE --watch must run')
  t.match(err, 'goes on without you')
})

t.test('add stops waiting after --timeout and gives 7', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('addSource', () => ({ status: 202, body: sampleSource({ state: 'queued', files: [] }) }))
  bastion.answers.set('source', () => ({ body: sampleSource({ state: 'queued', files: [] }) }))
  t.equal((await runLabctl(t, ['os', 'add', 'debian-13', '--timeout', '1'], { env: pointAt(bastion) })).code, 7)
})

t.test('remove says what became of it', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('removeSource', () => ({}))
  t.match((await runLabctl(t, ['os', 'remove', 'debian-13'], { env: pointAt(bastion) })).out, 'Removed: debian-13')
  bastion.answers.set('removeSource', () => problem(404, 'BST_NOT_FOUND', 'There is no operating system x.'))
  t.equal((await runLabctl(t, ['os', 'remove', 'x'], { env: pointAt(bastion) })).code, 3)
})

const tree = (more: object = {}) => sampleSource({ name: 'fedora-43', kind: 'tree', kernel: null, release: 'Fedora 43', url: 'https://mirror.example/43/os/', files: [{ name: 'images/install.img', sizeBytes: 734_003_200, sha256: '00' }], ...more })
const prefetch = (more: object = {}) => ({ state: 'running' as const, step: 'fetching packages', percent: 40, packages: 12, sizeBytes: 2 ** 30, at: Date.now() - 3_600_000, because: null, ...more })

t.test('a tree is listed with what is newer and what was prefetched', async t => {
  const bastion = await standInBastion(t)
  const sources = [tree({ newer: 'Fedora 44 is at https://mirror.example/44/os/.', prefetch: prefetch({ state: 'done', percent: 100, packages: 900 }) }), tree({ name: 'b', prefetch: prefetch() }), tree({ name: 'c', prefetch: prefetch({ state: 'failed', because: 'The mirror is gone.' }) }), tree({ name: 'd' })]
  bastion.answers.set('sources', () => ({ body: { sources } }))
  const { out } = await runLabctl(t, ['os', 'list'], { env: pointAt(bastion) })
  t.match(out, /fedora-43 +ready .*Fedora 44 is at .* 900 packages prefetched 1 h ago \(1 GiB\)/)
  t.match(out, /b +ready .*prefetching 40%/)
  t.match(out, /c +ready .*prefetch failed: The mirror is gone\./)
  t.match(out, /d +ready .*install\.img 700 MiB +https:\/\/mirror\.example\/43\/os\//)
})

t.test('prefetch follows to the end, or only begins, and says why it failed', async t => {
  const bastion = await standInBastion(t)
  const states = [tree({ prefetch: prefetch() }), tree({ prefetch: prefetch({ state: 'done', packages: 900 }) })]
  bastion.answers.set('prefetchSource', () => ({ status: 202, body: tree({ prefetch: prefetch() }) }))
  bastion.answers.set('source', () => ({ body: states.shift() ?? tree() }))
  t.match(await runLabctl(t, ['os', 'prefetch', 'fedora-43'], { env: pointAt(bastion) }), { code: 0, out: 'There: 900 packages of fedora-43 (1 GiB).\n' })
  t.match((await runLabctl(t, ['os', 'prefetch', 'fedora-43', '--no-wait'], { env: pointAt(bastion) })).out, /^Begun: fedora-43/)
  bastion.answers.set('prefetchSource', () => ({ status: 202, body: tree({ prefetch: prefetch({ state: 'failed', because: 'The mirror is gone.' }) }) }))
  t.match(await runLabctl(t, ['os', 'prefetch', 'fedora-43'], { env: pointAt(bastion) }), { code: 1, err: /The mirror is gone\.[^]*goes on where it stopped/ })
})

t.test('a DVD is named by its path on the bastion’s host', async t => {
  const bastion = await standInBastion(t)
  bastion.answers.set('addSource', ({ body }) => ({ status: 202, body: tree({ url: `file://${(body as { iso: string }).iso}/` }) }))
  t.match(await runLabctl(t, ['os', 'add', 'fedora-43', '--iso', '/srv/dvd.iso'], { env: pointAt(bastion) }), { code: 0, out: /^Ready: fedora-43 .*\nNext: labctl provision install MACHINE NAME --os fedora-43/ })
})
