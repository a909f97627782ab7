import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ImageStore } from '../../../bastion/install/image-store.ts'
import { sumFile } from '../../../bastion/platform/manifest-files.ts'

async function putImage(directory: string) {
  const folder = join(directory, 'debian-13')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'image.tar'), 'a root image')
  const manifest = { version: 1, name: 'debian-13', recipe: 'r', kernel: '6.12', builtAt: 5, files: [await sumFile(folder, 'image.tar')] }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest))
  return manifest
}

t.test('a request is queued once and shows as queued', t => {
  const store = new ImageStore(t.testdir())
  t.strictSame(store.list(), [])
  t.match(store.request('debian-13', 100), { name: 'debian-13', state: 'queued' })
  store.request('debian-13', 200)
  t.strictSame(store.requests(), [{ name: 'debian-13', requestedAt: 100 }])
  t.match(store.list(), [{ name: 'debian-13', state: 'queued', files: [] }])
  t.end()
})

t.test('an operating system that nobody can build is refused, with those that can be', t => {
  t.match(new ImageStore(t.testdir()).request('plan-9', 1), { code: 'unknown-os', because: /plan-9.*debian-13/ })
  t.end()
})

t.test('a build shows its step, its failure, and its image', async t => {
  const directory = t.testdir()
  const store = new ImageStore(directory, () => 1000)
  store.request('debian-13', 1)
  store.note('debian-13', { state: 'building', step: 'download', percent: 7, because: null, updatedAt: 1000 })
  t.match(store.find('debian-13'), { state: 'building', step: 'download', percent: 7 })
  store.note('debian-13', { state: 'failed', step: null, percent: null, because: 'no mirror', updatedAt: 1000 })
  t.match(store.find('debian-13'), { state: 'failed', because: 'no mirror' })
  t.strictSame(store.requests(), [])
  const manifest = await putImage(directory)
  store.note('debian-13', null)
  t.match(store.find('debian-13'), { state: 'ready', builtAt: 5, kernel: '6.12', files: manifest.files })
})

t.test('an image stays ready while it is built anew', async t => {
  const directory = t.testdir()
  await putImage(directory)
  const store = new ImageStore(directory, () => 0)
  store.request('debian-13', 1)
  store.note('debian-13', { state: 'building', step: 'compress', percent: 80, because: null, updatedAt: 0 })
  t.match(store.find('debian-13'), { state: 'ready', step: 'compress' })
})

t.test('an image whose file was cut short is not ready', async t => {
  const directory = t.testdir()
  await putImage(directory)
  writeFileSync(join(directory, 'debian-13', 'image.tar'), 'a root')
  t.equal(new ImageStore(directory).find('debian-13'), null)
})

t.test('a build that has said nothing for a minute was killed: it is queued again, or failed if nobody asked for it', t => {
  let now = 0
  const store = new ImageStore(t.testdir(), () => now)
  store.note('debian-13', { state: 'building', step: 'download', percent: 7, because: null, updatedAt: 0 })
  now = 60_000
  t.match(store.find('debian-13'), { state: 'failed', because: /interrupted/ })
  store.request('debian-13', now)
  t.match(store.find('debian-13'), { state: 'queued' })
  t.end()
})

t.test('removal takes the image away, but not from under a build, and refuses what is not there', async t => {
  const directory = t.testdir()
  await putImage(directory)
  const store = new ImageStore(directory, () => 0)
  store.note('debian-13', { state: 'building', step: 'x', percent: 1, because: null, updatedAt: 0 })
  t.match(store.remove('debian-13'), { code: 'building' })
  store.note('debian-13', null)
  t.equal(store.remove('debian-13'), null)
  t.equal(existsSync(join(directory, 'debian-13')), false)
  t.match(store.remove('debian-13'), { code: 'not-found' })
})

t.test('a manifest that is written anew in place is read anew', async t => {
  const directory = t.testdir()
  const manifest = await putImage(directory)
  const path = join(directory, 'debian-13', 'manifest.json')
  const long = new Date(Date.now() - 60_000)
  for (const at of [path, join(directory, 'debian-13')]) utimesSync(at, long, long)
  const store = new ImageStore(directory)
  t.equal(store.find('debian-13')?.kernel, '6.12')
  writeFileSync(path, JSON.stringify({ ...manifest, kernel: '6.13' }))
  t.equal(store.find('debian-13')?.kernel, '6.13')
})
