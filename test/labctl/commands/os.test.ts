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
