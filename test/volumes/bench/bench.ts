// A guest that runs the real RAM disk's programs on real LVM, and does what it is told: shell in, output and exit code out.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleTail } from '../../../labctl/rehearsal/console-log.ts'
import type { Rehearsal } from '../../../labctl/rehearsal/rehearsal.ts'
import { umlTree } from '../../../labctl/rehearsal/uml/uml-tree.ts'
import { packBench } from './pack-bench.ts'

const boardProgram = new URL('board.ts', import.meta.url).pathname

/** The network card of every machine of the lab. */
export const benchMac = '52:54:00:77:5a:00'

/** How a script ended in the guest. `code` null: the guest was cut off under it. */
export interface Ran { code: number | null, output: string }

/** See the file's first line. One script at a time. */
export class Bench {
  readonly #rehearsal: Rehearsal
  readonly #number: number
  readonly #folder: string
  readonly #exchange: string
  readonly #tap: string
  #console: Socket | null = null
  #script = 0
  #on = false

  /** `folder`: its files; a short path, since a socket is in it. `number`: of those that run beside one another, so that each has a processor. */
  constructor(rehearsal: Rehearsal, folder: string, number: number) {
    this.#number = number
    this.#rehearsal = rehearsal
    this.#folder = folder
    this.#exchange = join(folder, 'exchange')
    this.#tap = 'rehearsal-90.0'
    mkdirSync(this.#exchange, { recursive: true, mode: 0o700 })
    packBench(join(folder, 'initrd'), this.#exchange)
  }

  get isOn(): boolean { return this.#on }

  /** The last lines of its console. */
  consoleTail(lines = 30): string { return consoleTail(join(this.#folder, 'console.log'), lines) }

  /** Switches it on and waits until it takes commands. */
  async start(): Promise<void> {
    if (this.#on) return
    const initrd = join(this.#folder, 'initrd')
    rmSync(join(this.#exchange, 'ready'), { force: true })
    rmSync(join(this.#folder, 'console.sock'), { force: true })
    closeSync(openSync(join(this.#folder, 'console.log'), 'a', 0o600))
    await this.#rehearsal.keeper.ask('tap', { name: this.#tap })
    await this.#rehearsal.keeper.ask('start', {
      name: 'bench', file: process.execPath, log: join(this.#folder, 'board.log'),
      args: [boardProgram, String(this.#number), this.#folder, umlTree(process.env).directory,
        'mem=1280M', 'seccomp=on', 'noreboot', 'con=null', 'con0=null', 'ssl=null', 'ssl0=fd:0,fd:1', `uml_dir=/host${this.#folder}/`, 'umid=uml',
        `initrd=/host${initrd}`, 'rdinit=/lab/init', `vec0:transport=tap,ifname=${this.#tap},mac=${benchMac},depth=128,gro=1`,
        'console=ttyS0', 'panic=1', 'quiet'],
    })
    const deadline = Date.now() + 180_000
    while (!existsSync(join(this.#exchange, 'ready'))) {
      if (Date.now() > deadline) {
        const tail = this.consoleTail()
        await this.#end()
        throw new Error(`The bench did not start within 180 s. Its console:\n${tail}`)
      }
      await sleep(20)
    }
    this.#console = connect(join(this.#folder, 'console.sock'))
    this.#console.on('error', () => undefined)
    this.#console.resume()
    this.#on = true
  }

  /** Pulls the plug: what was not on its disks is lost. */
  async cut(): Promise<void> {
    if (!this.#on) return
    this.#on = false
    this.#console?.destroy()
    this.#console = null
    await this.#end()
  }

  async #end(): Promise<void> {
    await this.#rehearsal.keeper.ask('signal', { name: 'bench', signal: 'SIGTERM' })
    await this.#rehearsal.keeper.ask('ended', { name: 'bench' })
  }

  /** Runs a shell script; the bench's functions (disks.sh, machine.sh, look.sh) are there. The plug is pulled when it makes the file `cut` in the exchange folder. */
  async run(script: string, options: { seconds?: number } = {}): Promise<Ran> {
    await this.start()
    const cutting = join(this.#exchange, 'cut')
    rmSync(cutting, { force: true })
    const number = this.#script += 1
    const path = (ending: string) => join(this.#exchange, `${number}.${ending}`)
    writeFileSync(path('sh'), `. /lab/disks.sh\n. /lab/machine.sh\n. /lab/look.sh\n. /lab/scene.sh\n${script}\n`)
    this.#console!.write(`${number}\n`)
    const deadline = Date.now() + (options.seconds ?? 60) * 1000
    for (;;) {
      if (existsSync(path('code'))) {
        const said = readFileSync(path('code'), 'utf8')
        if (said.endsWith('\n')) {
          const output = existsSync(path('out')) ? readFileSync(path('out'), 'utf8') : ''
          for (const ending of ['sh', 'out', 'code']) rmSync(path(ending), { force: true })
          return { code: Number(said), output }
        }
      }
      if (existsSync(cutting)) {
        await this.cut()
        return { code: null, output: '' }
      }
      if (Date.now() > deadline) {
        const tail = this.consoleTail()
        await this.cut()
        throw new Error(`The bench was still at it after ${options.seconds ?? 60} s:\n${script.slice(0, 2000)}\nIts console:\n${tail}`)
      }
      await sleep(10)
    }
  }

  /** Likewise; a script that fails is an error with what it said. */
  async must(script: string, seconds = 60): Promise<string> {
    const { code, output } = await this.run(script, { seconds })
    if (code !== 0) throw new Error(`On the bench a script ended with ${code}:\n${script.slice(0, 2000)}\nIt said:\n${output.slice(-3000)}`)
    return output
  }
}
