import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { endRehearsal } from '../../../labctl/rehearsal/start-rehearsal.ts'
import { isRunning, startKeeper, stopKeeper } from '../../../labctl/rehearsal/start-keeper.ts'
import { stateFolder } from '../../../labctl/rehearsal/state-folder.ts'
import { processesOf, tracesAfter, tracesOf } from '../../lib/rehearsal-traces.ts'

const made: string[] = []
const newFolder = () => {
  made.push(mkdtempSync('/var/tmp/labctl-test-'))
  return made.at(-1)!
}
const newDirectory = () => join(newFolder(), 'r')
t.teardown(() => { for (const folder of made) rmSync(folder, { recursive: true, force: true }) })
const frontProgram = new URL('../../lib/rehearsal-front.ts', import.meta.url).pathname

async function startFront(directory: string) {
  const front = spawn(process.execPath, [frontProgram, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(front.stdout, 'data')
  return front
}

t.test('the network inside has its bridge, and no route to anywhere', async t => {
  const folder = stateFolder(newDirectory())
  const keeper = await startKeeper(folder, true)
  t.teardown(() => stopKeeper(folder))
  const links = await keeper.ask('run', { file: 'ip', args: ['-brief', 'address'], timeoutMs: 5000 })
  t.match(links.stdout, /br0 +UP +10\.77\.0\.1\/24/)
  const routes = await keeper.ask('run', { file: 'ip', args: ['route', 'show', 'default'], timeoutMs: 5000 })
  t.equal(routes.stdout, '')
  const away = await keeper.ask('run', { file: 'ip', args: ['route', 'get', '192.0.2.1'], timeoutMs: 5000 })
  t.not(away.exitCode, 0)
})

t.test('the host’s sockets below /run cannot be reached from inside', async t => {
  const folder = stateFolder(newDirectory())
  const keeper = await startKeeper(folder, true)
  t.teardown(() => stopKeeper(folder))
  t.equal((await keeper.ask('run', { file: 'ls', args: ['-A', '/run'], timeoutMs: 5000 })).stdout, '')
})

t.test('a second rehearsal in the same folder is refused', async t => {
  const folder = stateFolder(newDirectory())
  await startKeeper(folder, true)
  t.teardown(() => stopKeeper(folder))
  await t.rejects(startKeeper(folder, true), { code: 'rehearsal-running' })
})

t.test('two rehearsals in two folders run beside each other', async t => {
  const folders = [stateFolder(newDirectory()), stateFolder(newDirectory())]
  const keepers = await Promise.all(folders.map(folder => startKeeper(folder, true)))
  t.teardown(async () => { await Promise.all(folders.map(folder => stopKeeper(folder))) })
  for (const keeper of keepers) t.match((await keeper.ask('run', { file: 'ip', args: ['address', 'show', 'br0'], timeoutMs: 5000 })).stdout, /10\.77\.0\.1/)
})

t.test('down leaves no process, mount, interface or file, with a machine on', async t => {
  const directory = newDirectory()
  const front = await startFront(directory)
  t.ok(processesOf(directory).some(line => line.includes('qemu-system')))
  t.equal(await endRehearsal(directory), true)
  t.strictSame(tracesOf(directory).filter(line => !line.startsWith(String(front.pid))), [])
  front.kill('SIGKILL')
})

for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
  t.test(`nothing is left when the front program gets ${signal}`, async t => {
    const directory = newDirectory()
    const front = await startFront(directory)
    front.kill(signal)
    await once(front, 'exit')
    if (signal === 'SIGTERM') await endRehearsal(directory)
    t.strictSame(await tracesAfter(directory, 15_000), [])
  })
}

t.test('nothing runs any more when the keeper is killed', async t => {
  const directory = newDirectory()
  const front = await startFront(directory)
  const keeper = processesOf(directory).find(line => line.includes('keeper.ts') && !line.includes('unshare') && !line.includes(' sh '))
  process.kill(Number(keeper?.split(' ')[0]), 'SIGKILL')
  for (const until = Date.now() + 10_000; Date.now() < until && await isRunning(stateFolder(directory));) await new Promise(resolve => { setTimeout(resolve, 50) })
  front.kill('SIGKILL')
  await once(front, 'exit')
  t.strictSame(processesOf(directory), [])
  t.equal(await endRehearsal(directory), true)
  t.notOk(existsSync(directory))
})

t.test('a folder that is no rehearsal’s is never removed', async t => {
  const directory = newFolder()
  writeFileSync(join(directory, 'precious'), 'x')
  t.equal(await endRehearsal(directory), false)
  t.ok(existsSync(join(directory, 'precious')))
})
