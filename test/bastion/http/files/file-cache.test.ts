import { rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FileCache } from '../../../../bastion/http/files/file-cache.ts'
import { openFile } from '../../../../bastion/http/files/open-file.ts'
import { placeFiles } from './placed-files.ts'

async function find(t: Test, cache: FileCache, path: string): Promise<Buffer | null> {
  const file = openFile(path)
  if (file === null) throw new Error(`${path} isn't there`)
  t.teardown(() => { file.close() })
  return cache.find(path, file)
}

t.test('a file is read once, however many ask for it, and a new build of it takes the old one’s place', async t => {
  const folder = t.testdir({ a: 'first' })
  const path = join(folder, 'a')
  const cache = new FileCache(100)
  const [one, other] = await Promise.all([find(t, cache, path), find(t, cache, path)])
  t.equal(one, other, 'the very same memory')
  t.equal(one?.toString(), 'first')
  placeFiles(folder, { a: Buffer.from('second') })
  t.equal((await find(t, cache, path))?.toString(), 'second')
  t.equal(cache.heldBytes, 6, 'the old one is not kept')
})

t.test('it holds no more than it may; what was not asked for longest goes', async t => {
  const folder = t.testdir({ a: 'a'.repeat(40), b: 'b'.repeat(40), c: 'c'.repeat(40) })
  const cache = new FileCache(100)
  const a = await find(t, cache, join(folder, 'a'))
  await find(t, cache, join(folder, 'b'))
  t.equal(await find(t, cache, join(folder, 'a')), a)
  await find(t, cache, join(folder, 'c'))
  t.equal(cache.heldBytes, 80)
  t.equal(await find(t, cache, join(folder, 'a')), a, 'b went')
  t.ok(cache.takes(50))
  t.notOk(cache.takes(51), 'what is larger than half of it is not kept')
})

t.test('a file that is cut or written into while it is read is not kept', async t => {
  const folder = t.testdir({ a: 'x'.repeat(1000), b: 'y'.repeat(1000) })
  const cache = new FileCache(10_000)
  const [a, b] = [join(folder, 'a'), join(folder, 'b')]
  const cut = find(t, cache, a)
  truncateSync(a, 10)
  t.equal(await cut, null)
  const written = find(t, cache, b)
  writeFileSync(b, 'z'.repeat(1000))
  utimesSync(b, 1, 1)
  t.equal(await written, null)
  t.equal(cache.heldBytes, 0)
  t.equal((await find(t, cache, b))?.toString(), 'z'.repeat(1000), 'who asks again has it')
})

t.test('a file that is not there is not opened; one that is goes on when its name is gone', async t => {
  const folder = t.testdir({ a: 'bytes' })
  t.equal(openFile(join(folder, 'none')), null)
  const file = openFile(join(folder, 'a'))
  t.teardown(() => { file?.close() })
  rmSync(join(folder, 'a'))
  t.equal(file?.stamp.sizeBytes, 5)
  t.ok(file?.isUnchanged())
})
