// The bench's power supply: starts its kernel and serves its console. Started by the keeper: `board.ts NUMBER FOLDER TREE ARGUMENT...`.
// Ends when the kernel ends; SIGTERM pulls the plug.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { serveConsole } from '../../../labctl/rehearsal/uml/board-console.ts'
import { onQuietestCpu } from '../../../labctl/rehearsal/uml/quietest-cpu.ts'

const [number = '0', directory = '', tree = '', ...args] = process.argv.slice(2)
const line = serveConsole(join(directory, 'console.sock'), join(directory, 'console.log'))
const start = new URL('../../../labctl/rehearsal/uml/start-uml.sh', import.meta.url).pathname
const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', ...await onQuietestCpu(Number(number)), 'sh', start, tree, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => { line.write(bytes) })
line.attach(child.stdin)
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => { child.kill('SIGKILL') })
await once(child, 'close')
process.exit(0)
