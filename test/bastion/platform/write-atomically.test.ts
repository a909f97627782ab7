import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { writeAtomically } from '../../../bastion/platform/write-atomically.ts'

t.test('a file is replaced whole, with its mode, and nothing is left beside it', async t => {
  const folder = t.testdir({ secret: 'old' })
  writeAtomically(join(folder, 'secret'), 'new', 0o600)
  t.equal(readFileSync(join(folder, 'secret'), 'utf8'), 'new')
  t.equal(statSync(join(folder, 'secret')).mode & 0o777, 0o600)
  t.same(readdirSync(folder), ['secret'])
})

t.test('on a full disk the old file stays, and the message says what to do', async t => {
  // A file system of one megabyte, in a mount namespace that goes with the process.
  const folder = t.testdir()
  const program = `
    import { writeFileSync, readFileSync, readdirSync } from 'node:fs'
    import { writeAtomically } from '${import.meta.resolve('../../../bastion/platform/write-atomically.ts')}'
    writeFileSync('state', 'old')
    try { writeAtomically('state', Buffer.alloc(4 << 20), 0o600); console.log('written') }
    catch (error) { console.log(JSON.stringify({ code: error.code, nextStep: error.nextStep, state: readFileSync('state', 'utf8'), files: readdirSync('.') })) }`
  const output = execFileSync('unshare', ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=1m none . && cd . && exec "$@"', 'sh', process.execPath, '--input-type=module-typescript', '-e', `process.chdir(${JSON.stringify(folder)});${program}`], { cwd: folder, encoding: 'utf8' })
  t.match(JSON.parse(output), { code: 'BST_DISK_FULL', nextStep: /Free space/, state: 'old' })
  t.same((JSON.parse(output) as { files: string[] }).files, ['state'])
})
