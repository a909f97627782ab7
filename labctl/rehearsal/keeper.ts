// The one process that a rehearsal hangs on: process 1 of its PID namespace only waits for it, so that its death, however it comes, is the death of everything started inside.
// Started by start-keeper.ts: `keeper.ts FOLDER up|leashed`.
import { appendFileSync, rmSync } from 'node:fs'
import { serveChildren } from './keeper-children.ts'
import { buildNetwork } from './keeper-network.ts'
import { serveRequests } from './keeper-socket.ts'
import { relaySocket } from './relay-socket.ts'
import { stateFolder } from './state-folder.ts'
import { rehearsalNetwork } from './rehearsal-network.ts'

const [directory, mode] = process.argv.slice(2)
if (directory === undefined || (mode !== 'up' && mode !== 'leashed') || process.ppid !== 1) {
  process.stderr.write('keeper.ts is started by `labctl rehearse`, in a PID namespace of its own.\n')
  process.exit(2)
}
const folder = stateFolder(directory)
const log = (text: string) => { appendFileSync(folder.keeperLog, `${new Date().toISOString()} ${text}\n`, { mode: 0o600 }) }
const children = serveChildren(folder.directory)
let stopping = false

/** Ends every child, then the namespace with this process; `remove` takes the folder with it, where nobody is left to look at it. */
async function stop(because: string, remove: boolean): Promise<void> {
  if (stopping) return
  stopping = true
  log(`stopping: ${because}`)
  await children.stopAll(8000)
  if (remove) rmSync(folder.directory, { recursive: true, force: true })
  process.exit(0)
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => { void stop(signal, mode === 'leashed') })
process.on('uncaughtException', error => { log(`failed: ${error.stack ?? String(error)}`); process.exit(1) })

await buildNetwork().catch((error: unknown) => { log(`failed: ${error instanceof Error ? error.message : String(error)}`); process.exit(1) })
relaySocket(folder.controlSocket, rehearsalNetwork.address, rehearsalNetwork.controlPort)
serveRequests(folder.keeperSocket, children, {
  log,
  stop: () => { void stop('asked to', false) },
  leashGone: () => { void stop('the program that started it is gone', true) },
})
log('ready')
if (mode === 'leashed') setTimeout(() => { if (!children.leashed) void stop('nobody held the leash within 30 s', true) }, 30_000).unref()
