import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
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

t.test('several processes that open a new database at once each find it migrated', async t => {
  const folder = t.testdir()
  const [path, go] = [join(folder, 'bastion.sqlite'), join(folder, 'go')]
  const program = `import { existsSync } from 'node:fs'; import { openDatabase } from ${JSON.stringify(new URL('../../../bastion/platform/database.ts', import.meta.url).href)}
    console.log('here'); while (!existsSync(${JSON.stringify(go)}));
    const database = openDatabase(${JSON.stringify(path)}); console.log(database.pragma('user_version', { simple: true })); database.close()`
  const opened = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'pipe'] })
    return { here: once(child.stdout, 'data'), out: text(child.stdout), err: text(child.stderr) }
  })
  await Promise.all(opened.map(({ here }) => here))
  writeFileSync(go, '')
  for (const { out, err } of opened) t.same([await err, (await out).split('\n').at(-2)], ['', String(migrations.length)])
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

t.test('a database of version 1 keeps its orders, tickets and bearers, and the ties between them', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const old = new Sqlite(path)
  old.pragma('foreign_keys = ON')
  old.exec(migrations[0]!)
  old.pragma('user_version = 1')
  old.exec(`
    INSERT INTO machines (id, name, state, facts, created_at, last_seen_at) VALUES ('m1', 'worker-1', 'installed', '{}', 1, 1), ('m2', NULL, 'discovered', '{}', 1, 1);
    INSERT INTO orders (id, machine, kind, state, name, role, os, wipe, attempt, consumed_attempt, public_key, plan, phase, percent, because, created_at, updated_at)
      VALUES ('o1', 'm1', 'install', 'done', 'worker-1', 'worker', 'debian-13', '["d1"]', 2, 2, 'key', '{"old":1}', 'first-boot', NULL, NULL, 10, 20), ('o2', 'm2', 'install', 'armed', 'worker-2', 'worker', 'debian-13', '[]', 1, NULL, NULL, NULL, NULL, NULL, NULL, 11, 21);
    INSERT INTO tickets (id, hash, purpose, machine, order_id, attempt, mac, made_at, last_word_at) VALUES ('t1', x'01', 'install', 'm2', 'o2', 1, '52:54:00:00:00:02', 12, 22), ('t2', x'02', 'discover', NULL, NULL, NULL, '52:54:00:00:00:03', 13, 23);
    INSERT INTO bearers (hash, ticket, made_at) VALUES (x'11', 't1', 14), (x'12', 't2', 15);`)
  old.close()
  const database = openDatabase(path)
  t.same(database.pragma('foreign_key_check'), [])
  t.equal(database.pragma('integrity_check', { simple: true }), 'ok')
  t.same(database.prepare('SELECT id, machine, state, wipe, accept, shown, attempt, public_key, plan, proof, updated_at FROM orders ORDER BY id').all(), [
    { id: 'o1', machine: 'm1', state: 'done', wipe: '["d1"]', accept: '[]', shown: null, attempt: 2, public_key: 'key', plan: null, proof: null, updated_at: 20 },
    { id: 'o2', machine: 'm2', state: 'armed', wipe: '[]', accept: '[]', shown: null, attempt: 1, public_key: null, plan: null, proof: null, updated_at: 21 },
  ])
  t.same(database.prepare('SELECT id, order_id, machine, last_word_at FROM tickets ORDER BY id').all(), [{ id: 't1', order_id: 'o2', machine: 'm2', last_word_at: 22 }, { id: 't2', order_id: null, machine: null, last_word_at: 23 }])
  t.same(database.prepare('SELECT ticket, made_at FROM bearers ORDER BY ticket').all(), [{ ticket: 't1', made_at: 14 }, { ticket: 't2', made_at: 15 }])
  t.throws(() => database.exec("UPDATE orders SET name = 'worker-2', state = 'failed' WHERE id = 'o1'"), /UNIQUE/, 'a name is reserved by one open order')
  t.throws(() => database.exec("UPDATE orders SET kind = 'dance'"), /CHECK/)
  database.exec("UPDATE orders SET kind = 'rescue' WHERE id = 'o1'; DELETE FROM machines WHERE id = 'm2'")
  t.same(database.prepare('SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM tickets) AS tickets, (SELECT count(*) FROM bearers) AS bearers').get(), { orders: 1, tickets: 1, bearers: 1 }, 'the ties hold')
  database.close()
})

t.test('a migration that is cut short leaves version 1 as it was', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const old = new Sqlite(path)
  old.exec(migrations[0]!)
  old.pragma('user_version = 1')
  old.exec("CREATE TABLE storage_records (in_the_way TEXT); INSERT INTO machines (id, state, facts, created_at, last_seen_at) VALUES ('m1', 'installed', '{}', 1, 1); INSERT INTO orders (id, machine, kind, state, name, role, os, wipe, attempt, created_at, updated_at) VALUES ('o1', 'm1', 'install', 'done', 'a', 'b', 'c', '[]', 1, 1, 1)")
  old.close()
  t.throws(() => openDatabase(path), { code: 'BST_DATABASE_FAILED' })
  const after = new Sqlite(path)
  t.equal(after.pragma('user_version', { simple: true }), 1)
  t.match(after.prepare('SELECT kind, state FROM orders').all(), [{ kind: 'install', state: 'done' }])
  t.throws(() => after.prepare('SELECT accept FROM orders'), /no such column/)
  after.close()
})
