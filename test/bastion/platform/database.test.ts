import { chmodSync, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { openDatabase } from '../../../bastion/platform/database.ts'
import { migrations } from '../../../bastion/platform/migrations.ts'

t.test('a new database is migrated, in WAL mode, and syncs every commit', async t => {
  const database = openDatabase(join(t.testdir(), 'bastion.sqlite'))
  t.equal(database.pragma('user_version', { simple: true }), migrations.length)
  t.equal(database.pragma('journal_mode', { simple: true }), 'wal')
  t.equal(database.pragma('synchronous', { simple: true }), 2, '2 is FULL')
  t.equal(database.pragma('foreign_keys', { simple: true }), 1)
  database.close()
})

t.test('nobody else can read it, nor the log beside it, in a folder open to all', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  writeFileSync(path, '', { mode: 0o644 })
  const database = openDatabase(path)
  for (const file of [path, `${path}-wal`]) t.equal(statSync(file).mode & 0o777, 0o600, file)
  database.close()
})

t.test('opening it again changes nothing', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const first = openDatabase(path)
  first.prepare("INSERT INTO operators (id, name, role, token_hash, created_at) VALUES ('1', 'a', 'admin', x'00', 1)").run()
  first.close()
  const second = openDatabase(path)
  t.same(second.prepare('SELECT count(*) AS n FROM operators').get(), { n: 1 })
  second.close()
})

t.test('a database of a newer program is refused, untouched, with what to do', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const newer = new Sqlite(path)
  newer.pragma('user_version = 999')
  newer.close()
  copyFileSync(path, `${path}.before`)
  t.throws(() => openDatabase(path), { code: 'BST_DATABASE_NEWER', message: /version 999/, nextStep: /restore a backup/ })
  const after = new Sqlite(path)
  t.equal(after.pragma('user_version', { simple: true }), 999)
  t.equal(after.pragma('journal_mode', { simple: true }), 'delete')
  after.close()
})

t.test('a file that is no database is refused', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  writeFileSync(path, 'x'.repeat(4096))
  t.throws(() => openDatabase(path), { code: 'BST_DATABASE_FAILED' })
})

t.test('a folder that is not there is refused with what to check', async t => {
  const folder = t.testdir()
  mkdirSync(join(folder, 'state'))
  chmodSync(join(folder, 'state'), 0o500)
  t.throws(() => openDatabase(join(folder, 'none', 'bastion.sqlite')), { message: /directory does not exist/ })
})
