import { existsSync } from 'node:fs'
import t from 'tap'
import { runLines } from '../../../bastion/platform/run-lines.ts'

const run = (script: string, more: { signal?: AbortSignal, onLine?: (line: string) => void, timeoutMs?: number } = {}) =>
  runLines('sh', ['-c', script], { timeoutMs: 60_000, package: 'dash', onLine: () => undefined, ...more })

t.test('lines of both outputs are handed on', async t => {
  const lines: string[] = []
  await run('echo one; echo two >&2', { onLine: line => lines.push(line) })
  t.strictSame(lines.toSorted(), ['one', 'two'])
})

t.test('a failure says with what it ended and what was printed last', t => t.rejects(run('echo it broke; exit 3'), { code: 'BST_PROGRAM_FAILED', message: /exit code 3.*it broke/s }))

t.test('a missing program is named with its package', t => t.rejects(runLines('no-such-program', [], { timeoutMs: 60_000, package: 'some-package', onLine: () => undefined }), { code: 'BST_PROGRAM_MISSING', nextStep: 'apt-get install some-package' }))

t.test('a full disk is told as such', t => t.rejects(run('echo "cp: error writing x: No space left on device"; exit 1'), { code: 'BST_DISK_FULL' }))

t.test('a time-out ends the program', t => t.rejects(run('sleep 600', { timeoutMs: 200 }), { code: 'BST_PROGRAM_FAILED', message: /longer than 0\.2 s/ }))

t.test('an interruption ends the program and its children at once', async t => {
  const stop = new AbortController()
  let child = ''
  await t.rejects(run('trap "" TERM INT; sleep 600 & echo $!; wait', { signal: stop.signal, onLine(line) { child = line; stop.abort() } }), { code: 'BST_STOPPING' })
  t.match(child, /^\d+$/)
  t.notOk(existsSync(`/proc/${child}/exe`), 'the child is gone')
})

t.test('what is interrupted already is not started', t => t.rejects(run('exit 0', { signal: AbortSignal.abort() }), { code: 'BST_STOPPING' }))
