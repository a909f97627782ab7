// Starts and ends the keeper: the namespaces, and the process that everything inside hangs on.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { LabctlError } from '../labctl-error.ts'
import { connectKeeper, type KeeperClient } from './keeper-client.ts'
import { makeStateFolder, type StateFolder } from './state-folder.ts'

const inUse = 75

/** Whether anything of the rehearsal in that folder is running. */
export async function isRunning(folder: StateFolder): Promise<boolean> {
  if (!existsSync(folder.lock)) return false
  const { exitCode } = await execa('flock', ['--nonblock', '--conflict-exit-code', String(inUse), folder.lock, 'true'], { reject: false, stdin: 'ignore' })
  return exitCode === inUse
}

/** Starts the keeper in namespaces of its own and connects to it. `leashed`: it ends, and removes the folder, when this process is gone. Refuses a second rehearsal in the same folder, and a host that doesn't give namespaces. */
export async function startKeeper(folder: StateFolder, leashed: boolean): Promise<KeeperClient> {
  makeStateFolder(folder)
  if (await isRunning(folder)) throw new LabctlError('refused', 'rehearsal-running', `A rehearsal is running in ${folder.directory}.`, { nextStep: 'labctl rehearse down ends it; --state FOLDER starts another one beside it.' })
  rmSync(folder.keeperSocket, { force: true })
  rmSync(folder.controlSocket, { force: true })
  const user = process.getuid!() === 0 ? [] : ['--user', '--map-root-user']
  const out = openSync(folder.keeperLog, 'w', 0o600)
  const child = spawn('sh', ['-c', 'echo $$ > "$0"; exec "$@"', folder.pid,
    'flock', '--no-fork', '--nonblock', '--conflict-exit-code', String(inUse), folder.lock,
    'unshare', ...user, '--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc',
    // Process 1 is a shell that waits for the keeper: it reaps orphans, which Node does not, and its end is the end of all.
    'sh', '-c', '"$@" & wait $!', 'sh',
    process.execPath, new URL('keeper.ts', import.meta.url).pathname, folder.directory, leashed ? 'leashed' : 'up',
  ], { detached: true, stdio: ['ignore', out, out], cwd: '/', env: { ...process.env, NODE_OPTIONS: '' } })
  closeSync(out)
  child.unref()
  let ended = false
  child.once('exit', () => { ended = true }).once('error', () => { ended = true })
  const client = await reachKeeper(folder, () => ended)
  if (leashed) await client.ask('leash', {})
  return client
}

async function reachKeeper(folder: StateFolder, ended: () => boolean): Promise<KeeperClient> {
  const deadline = Date.now() + 60_000
  while (Date.now() < deadline && !ended()) {
    try { return await connectKeeper(folder.keeperSocket) } catch { await sleep(25) }
  }
  const said = existsSync(folder.keeperLog) ? readFileSync(folder.keeperLog, 'utf8').trim().split('\n').slice(-6).join('\n') : ''
  await killKeeper(folder)
  throw new LabctlError('failed', 'rehearsal-start', `The rehearsal’s namespaces could not be made: ${said === '' ? 'no answer in 60 s' : said}`, { nextStep: 'Where ordinary users get no user namespaces (kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), run it as root.' })
}

/** Ends the rehearsal in that folder at once, whatever state it is in, and waits until nothing of it runs. */
export async function killKeeper(folder: StateFolder, deadlineMs = 10_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  while (await isRunning(folder)) {
    const pid = Number(existsSync(folder.pid) ? readFileSync(folder.pid, 'utf8') : '')
    // Only while the lock is held is the number known to be the keeper's, and not somebody else's since.
    if (Number.isInteger(pid) && pid > 1) try { process.kill(pid, 'SIGKILL') } catch { /* it has just ended */ }
    if (Date.now() > deadline) throw new LabctlError('failed', 'rehearsal-stop', `Processes of the rehearsal in ${folder.directory} are still there after ${deadlineMs / 1000} s.`, { nextStep: `fuser -v ${folder.lock} lists them.` })
    await sleep(25)
  }
}

/** Ends the rehearsal in that folder: its children are asked first, then killed. */
export async function stopKeeper(folder: StateFolder, deadlineMs = 12_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  try {
    const client = await connectKeeper(folder.keeperSocket)
    await client.ask('stop', {})
    client.close()
    while (Date.now() < deadline && await isRunning(folder)) await sleep(50)
  } catch {
    // No keeper to ask: what may be left is killed below.
  }
  await killKeeper(folder)
}
