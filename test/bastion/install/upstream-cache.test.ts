import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pino } from 'pino'
import t, { type Test } from 'tap'
import { UpstreamCache, type CacheRoom } from '../../../bastion/install/upstream-cache.ts'
import { startFaultyMirror } from '../../lib/faulty-mirror.ts'

const all = async (stream: Readable) => Buffer.concat(await Array.fromAsync(stream) as Buffer[])

async function setUp(t: Test, { bytesPerSecond = Infinity, ...given }: Partial<CacheRoom> & { bytesPerSecond?: number } = {}) {
  const mirror = await startFaultyMirror({ bytesPerSecond })
  t.teardown(() => mirror.stop())
  const time = { now: Date.now() }
  const room: CacheRoom = { directory: join(t.testdir(), 'cache'), mostBytes: 10_000_000, stallMs: 400, freshMs: 60_000, retryMs: [10, 10], clock: () => time.now, journal: pino({ level: 'silent' }), ...given }
  const cache = new UpstreamCache(room)
  const find = (path: string, fresh = false) => cache.find(`${mirror.url}${path}`, { fresh })
  const read = async (path: string, fresh = false) => {
    const file = await find(path, fresh)
    const content = await all(await file.read(0, file.sizeBytes - 1))
    await file.settled
    return content
  }
  return { mirror, room, cache, time, find, read, asked: (path: string) => mirror.asked.filter(asked => asked.path === path).map(({ status }) => status) }
}

t.test('however many ask, and before it is whole, upstream is asked once', async t => {
  const { mirror, cache, room, find, read, asked } = await setUp(t, { bytesPerSecond: 4_000_000 })
  const content = randomBytes(1_000_000)
  mirror.files.set('/p.rpm', content)
  const got = await Promise.all(Array.from({ length: 20 }, () => read('/p.rpm')))
  t.ok(got.every(one => one.equals(content)))
  const late = await find('/p.rpm')
  t.ok((await all(await late.read(999_990, 999_999))).equals(content.subarray(-10)), 'a part of it')
  t.strictSame(asked('/p.rpm'), [200])
  t.strictSame(readdirSync(room.directory).map(name => name.split('.')[1]).toSorted(), ['data', 'json'], 'nothing else is left')
  t.equal(cache.folder.totalBytes, content.length)
})

t.test('another start of the bastion has what was whole, and nothing of what was not', async t => {
  const { mirror, room, read, asked } = await setUp(t)
  mirror.files.set('/p.rpm', randomBytes(1000))
  await read('/p.rpm')
  writeFileSync(join(room.directory, `${'a'.repeat(64)}.part`), 'torn')
  const again = new UpstreamCache(room)
  const file = await again.find(`${mirror.url}/p.rpm`, { fresh: false })
  t.equal((await all(await file.read(0, 999))).length, 1000)
  t.strictSame(asked('/p.rpm'), [200])
  t.equal(again.folder.totalBytes, 1000)
  t.equal(readdirSync(room.directory).length, 2)
})

t.test('a file that upstream cuts is gone on with, and is the same file', async t => {
  const { mirror, read } = await setUp(t)
  const content = randomBytes(500_000)
  mirror.files.set('/p.rpm', content)
  mirror.faults.set('/p.rpm', { kind: 'cut', afterBytes: 200_000, times: 2 })
  t.ok((await read('/p.rpm')).equals(content))
  t.ok(mirror.asked.length >= 2 && mirror.asked.slice(1).every(({ range }) => range?.startsWith('bytes=') === true), 'the rest only')
})

t.test('a file that changes while it is fetched is given to nobody as whole', async t => {
  const { mirror, read, find } = await setUp(t, { retryMs: [100] })
  mirror.files.set('/p.rpm', randomBytes(500_000))
  mirror.faults.set('/p.rpm', { kind: 'cut', afterBytes: 200_000, times: 1 })
  const file = await find('/p.rpm')
  const next = randomBytes(500_000)
  mirror.files.set('/p.rpm', next)
  await t.rejects(file.read(0, 499_999).then(all), /changed at upstream/)
  await file.settled
  t.ok((await read('/p.rpm')).equals(next), 'who asks later gets the new one')
})

t.test('an upstream that goes silent for good ends the readers with the reason, and the next one asks anew', async t => {
  const { mirror, cache, read, find } = await setUp(t)
  const content = randomBytes(300_000)
  mirror.files.set('/p.rpm', content)
  mirror.faults.set('/p.rpm', { kind: 'stall', afterBytes: 90_000, times: 3 })
  const file = await find('/p.rpm')
  await t.rejects(file.read(0, 299_999).then(all), /sent nothing for/)
  await file.settled
  t.equal(cache.folder.totalBytes, 0)
  t.ok((await read('/p.rpm')).equals(content))
})

t.test('what upstream does not give is refused, with what to do', async t => {
  const { mirror, read } = await setUp(t, { mostBytes: 100_000 })
  await t.rejects(read('/missing'), { code: 'BST_UPSTREAM_FAILED', message: /404 \(not there\)/ })
  mirror.files.set('/large', randomBytes(100_001))
  await t.rejects(read('/large'), { code: 'BST_UPSTREAM_FAILED' })
  mirror.files.set('/endless', randomBytes(10))
  mirror.faults.set('/endless', { kind: 'no-length', times: 1 })
  await t.rejects(read('/endless'), /without a length/)
  mirror.faults.set('/round', { kind: 'redirect', to: '/round', times: 100 })
  await t.rejects(read('/round'), /redirects more than/)
  mirror.faults.set('/ftp', { kind: 'redirect', to: 'ftp://x/y', times: 1 })
  await t.rejects(read('/ftp'), /no URL of a web server/)
  mirror.faults.set('/moved', { kind: 'redirect', to: '/endless', times: 1 })
  t.equal((await read('/moved')).length, 10, 'a redirect is followed')
  await mirror.stop()
  await t.rejects(read('/other'), { code: 'BST_UPSTREAM_FAILED', nextStep: /reaches it/ })
})

t.test('metadata is asked for again once it is not fresh, and given as it is when upstream is gone', async t => {
  const { mirror, time, read, asked } = await setUp(t)
  mirror.files.set('/repomd.xml', Buffer.from('one'))
  await read('/repomd.xml', true)
  await read('/repomd.xml', true)
  t.strictSame(asked('/repomd.xml'), [200])
  time.now += 61_000
  t.equal(String(await read('/repomd.xml', true)), 'one')
  t.strictSame(asked('/repomd.xml'), [200, 304])
  mirror.files.set('/repomd.xml', Buffer.from('two!'))
  time.now += 61_000
  t.equal(String(await read('/repomd.xml', true)), 'two!')
  time.now += 61_000
  await mirror.stop()
  t.equal(String(await read('/repomd.xml', true)), 'two!')
})

t.test('the least recently used goes first, never what is being read', async t => {
  const { mirror, cache, time, find, read, asked } = await setUp(t, { mostBytes: 300_000 })
  for (const name of ['a', 'b', 'c', 'd']) mirror.files.set(`/${name}`, randomBytes(100_000))
  for (const name of ['a', 'b', 'c']) {
    time.now += 1000
    await read(`/${name}`)
  }
  time.now += 1000
  await read('/a')
  const held = await find('/b')
  const stream = await held.read(0, 99_999)
  await read('/d')
  t.equal(cache.folder.totalBytes, 300_000)
  t.equal((await all(stream)).length, 100_000)
  for (const name of ['a', 'b', 'd']) await read(`/${name}`)
  t.strictSame([asked('/a'), asked('/b'), asked('/d')], [[200], [200], [200]])
  await read('/c')
  t.strictSame(asked('/c'), [200, 200], 'c was the oldest that nobody read')
})

t.test('a reader that hangs up leaves nothing open, and the file becomes whole for the others', async t => {
  const { mirror, find } = await setUp(t, { bytesPerSecond: 2_000_000 })
  mirror.files.set('/p.rpm', randomBytes(1_000_000))
  const file = await find('/p.rpm')
  const stream = await file.read(0, 999_999)
  stream.once('data', () => { stream.destroy() })
  await new Promise(resolve => { stream.once('close', resolve) })
  await file.settled
  t.equal(file.available, 1_000_000)
  t.equal(file.readers, 0)
})
