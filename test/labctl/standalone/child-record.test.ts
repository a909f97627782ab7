import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { isRunning, startDetached, stopChild } from '../../../labctl/standalone/child-record.ts'

const folder = mkdtempSync(join(tmpdir(), 'labctl-child-'))
t.teardown(() => { rmSync(folder, { recursive: true, force: true }) })
const log = join(folder, 'child.log')
const start = (program: string) => startDetached('sh', ['-c', program], log)

t.test('a process is started apart, logs to a private file, and stops when asked', async t => {
  const child = await start('echo here; exec sleep 60')
  t.ok(isRunning(child))
  t.equal(await stopChild(child, 5000), 'stopped')
  t.notOk(isRunning(child))
  t.equal(statSync(log).mode & 0o777, 0o600)
  t.equal(readFileSync(log, 'utf8'), 'here\n')
  t.equal(await stopChild(child, 5000), 'was-not-running')
})

t.test('a process that ignores SIGTERM is killed after the deadline', async t => {
  const child = await start('trap "" TERM; echo ready; while :; do sleep 1; done')
  while (!readFileSync(log, 'utf8').includes('ready')) await new Promise(resolve => setTimeout(resolve, 20))
  t.equal(await stopChild(child, 300), 'killed')
  t.notOk(isRunning(child))
})

t.test('another process with the same id is not taken for it, and never signalled', async t => {
  const child = await start('exec sleep 60')
  const mistaken = { pid: child!.pid, startTicks: child!.startTicks - 1 }
  t.notOk(isRunning(mistaken))
  t.equal(await stopChild(mistaken, 100), 'was-not-running')
  t.ok(isRunning(child))
  await stopChild(child, 5000)
})

t.test('a program that is not there cannot be started', async t => {
  await t.rejects(startDetached(join(folder, 'nothing'), [], log), { code: 'ENOENT' })
})
