import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { groupedWrites } from '../../../bastion/platform/grouped-writes.ts'

function notes(t: Test) {
  const path = join(t.testdir(), 'bastion.sqlite')
  const database = openDatabase(path)
  t.teardown(() => { database.close() })
  database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE) STRICT; CREATE TABLE others (text TEXT) STRICT')
  const writes = groupedWrites(database)
  const insert = writes.prepare('INSERT INTO notes (text) VALUES (?)')
  /** What another process would see. */
  const stored = () => {
    const other = new Sqlite(path, { readonly: true })
    try { return other.prepare<[], { text: string }>('SELECT text FROM notes ORDER BY id').all().map(({ text }) => text) } finally { other.close() }
  }
  return { path, database, writes, insert, stored, add: (...texts: string[]) => { for (const text of texts) writes.add(insert, text) } }
}

t.test('writes wait for one another, and are stored by themselves a moment later', async t => {
  const { writes, add, stored } = notes(t)
  add('one', 'two')
  t.same([writes.waiting, stored()], [2, []])
  await delay(200)
  t.same([writes.waiting, stored()], [0, ['one', 'two']])
})

t.test('whoever reads sees them, and who asks for something else leaves them waiting', async t => {
  const { database, writes, add } = notes(t)
  add('one')
  t.equal(database.prepare('SELECT count(*) AS count FROM others').get() !== undefined && writes.waiting, 1)
  t.same(database.prepare('SELECT text FROM notes').all(), [{ text: 'one' }])
  t.equal(writes.waiting, 0)
  add('two')
  t.same(writes.prepareReader<[], { text: string }>('SELECT text FROM notes').all(), [{ text: 'one' }], 'but who says that a moment ago will do')
})

t.test('every other write comes after them', async t => {
  const { database, add, stored } = notes(t)
  add('one')
  database.prepare('INSERT INTO others (text) VALUES (?)').run('an order')
  t.same(stored(), ['one'])
  add('two')
  t.throws(() => database.transaction(() => { throw new Error('no') })(), /no/)
  t.same(stored(), ['one', 'two'], 'a transaction that failed takes none of them along')
})

t.test('inside a transaction a grouped write is a part of it', async t => {
  const { database, add, stored, writes } = notes(t)
  t.throws(() => database.transaction(() => { add('one'); throw new Error('no') })(), /no/)
  t.same([stored(), writes.waiting], [[], 0])
  database.transaction(() => { add('two') })()
  t.same(stored(), ['two'])
})

t.test('so many at once are not left waiting', async t => {
  const { add, writes, stored } = notes(t)
  add(...Array.from({ length: 300 }, (_, number) => `note ${number}`))
  t.same([stored().length, writes.waiting], [256, 44])
})

t.test('one that cannot be written takes no other along', async t => {
  const { add, writes, stored } = notes(t)
  add('one', 'one', 'two')
  writes.flush()
  t.same(stored(), ['one', 'two'])
})

t.test('where the database takes nothing, callers hear of it, readers are served, and what waits is written once it does', async t => {
  const { database, add, writes, stored } = notes(t)
  const text = (number: number) => `${number} ${'x'.repeat(3000)}`
  database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true }) as number}`)
  add(text(1), text(2), text(3))
  t.throws(() => { writes.flush() }, { code: 'SQLITE_FULL' })
  t.equal(writes.waiting, 3)
  t.same(database.prepare('SELECT * FROM notes').all(), [], 'a reader sees what there is')
  t.throws(() => { add(text(4)) }, { code: 'SQLITE_FULL' })
  t.throws(() => { database.prepare('INSERT INTO others (text) VALUES (?)').run('an order') }, { code: 'SQLITE_FULL' }, 'nothing is written before what came first')
  database.pragma('max_page_count = 100000')
  add(text(5))
  writes.flush()
  t.same(stored().map(stored => stored[0]), ['1', '2', '3', '5'], 'the fourth was refused, and is not there')
})

t.test('whoever waits for them shares one transaction, and has it soon', async t => {
  const { writes, add, stored } = notes(t)
  await writes.written()
  let groups = 0
  const flush = writes.flush.bind(writes)
  writes.flush = (how?: { sync?: boolean }) => { groups += 1; flush(how) }
  const waited = ['one', 'two', 'three'].map(async text => {
    add(text)
    await writes.written()
    return stored().includes(text)
  })
  t.same(stored(), [], 'nothing yet')
  t.same([await Promise.all(waited), groups], [[true, true, true], 1])
})

t.test('whoever waits hears of a database that takes nothing', async t => {
  const { path, database, writes, add, stored } = notes(t)
  database.pragma('busy_timeout = 1')
  const other = new Sqlite(path)
  other.exec('BEGIN IMMEDIATE')
  add('one')
  const [first, second] = await Promise.allSettled([writes.written(), writes.written()])
  t.match([first, second], [{ status: 'rejected', reason: { code: 'SQLITE_BUSY' } }, { status: 'rejected' }])
  other.exec('ROLLBACK')
  other.close()
  await writes.written()
  t.same(stored(), ['one'], 'and it is written once it does')
})

t.test('closing the database writes them, and a statement is compiled once', async t => {
  const { database, add, path } = notes(t)
  add('one')
  t.equal(database.prepare('SELECT 1'), database.prepare('SELECT 1'))
  database.close()
  const again = openDatabase(path)
  t.same(again.prepare('SELECT text FROM notes').all(), [{ text: 'one' }])
  again.close()
})

t.test('groups do not sync one by one, and everything else does', async t => {
  const { database, add, writes } = notes(t)
  add('one')
  writes.flush()
  t.equal(database.pragma('synchronous', { simple: true }), 2)
  add('two')
  writes.flush({ sync: true })
  t.equal(database.pragma('synchronous', { simple: true }), 2)
})

const writer = `
import { openDatabase } from ${JSON.stringify(new URL('../../../bastion/platform/database.ts', import.meta.url).href)}
import { groupedWrites } from ${JSON.stringify(new URL('../../../bastion/platform/grouped-writes.ts', import.meta.url).href)}
import { writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
const database = openDatabase(process.argv[1])
database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY) STRICT')
const writes = groupedWrites(database)
const insert = writes.prepare('INSERT INTO notes (id) VALUES (?)')
for (let number = 1; ; number += 1) {
  writes.add(insert, number)
  writeSync(1, number + ' ' + performance.now() + '\\n')
  await delay(1)
}`

t.test('kill -9 takes the last moment at most, and nothing from the middle', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  let told = ''
  child.stdout.on('data', (chunk: Buffer) => { told += chunk.toString() })
  while (told.split('\n').length < 300) await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  const added = told.trim().split('\n').filter(line => /^\d+ [\d.]+$/.test(line)).map(line => line.split(' ').map(Number) as [id: number, at: number])
  const database = new Sqlite(path, { readonly: true })
  const ids = database.prepare<[], { id: number }>('SELECT id FROM notes ORDER BY id').all().map(({ id }) => id)
  t.equal(database.pragma('integrity_check', { simple: true }), 'ok')
  database.close()
  t.same(ids, Array.from({ length: ids.length }, (_, index) => index + 1), 'what is there has no hole')
  const last = added.at(-1)![1]
  // A loop that stood still for a while, on a busy host, fires its timer late.
  const stood = Math.max(...added.slice(1).map(([, at], index) => at - added[index]![1]))
  const lost = added.filter(([id]) => id > ids.length)
  t.ok(lost.every(([, at]) => at >= last - 15 - 2 * stood - 5), `${lost.length} of ${added.length} were lost, the oldest added ${(last - (lost[0]?.[1] ?? last)).toFixed(1)} ms before the end; the longest pause was ${stood.toFixed(1)} ms`)
})
