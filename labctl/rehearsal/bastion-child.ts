// The bastion of a rehearsal: its configuration, its operator's token, its start and its deaths.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { BastionClient } from '../client/bastion-client.ts'
import { parsePins } from '../config/settings.ts'
import { LabctlError } from '../labctl-error.ts'
import { bastionEnvironment, findBastionProgram, runBastionProgram } from '../standalone/bastion-program.ts'
import { parseOperatorToken } from '../standalone/parse-operator-token.ts'
import { consoleTail } from './console-log.ts'
import type { KeeperClient } from './keeper-client.ts'
import type { StateFolder } from './state-folder.ts'

/** How an operator reaches it. */
export interface Access { url: string, pin: string, token: string }

/** The bastion that runs inside. */
export class BastionChild {
  readonly #folder: StateFolder
  readonly #keeper: KeeperClient
  #access: Access | null = null

  constructor(folder: StateFolder, keeper: KeeperClient) {
    this.#folder = folder
    this.#keeper = keeper
  }

  /** URL, pin and operator token. Refuses before `configure`. */
  access(): Access {
    this.#access ??= JSON.parse(readFileSync(this.#accessPath, 'utf8')) as Access
    return this.#access
  }

  get #accessPath(): string { return `${this.#folder.directory}/access.json` }

  /** Writes its bastion.yaml (JSON is YAML) and has an operator token made. Refuses what the bastion finds wrong in it. */
  async configure(config: object): Promise<void> {
    writeFileSync(this.#folder.bastionConfig, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 })
    const program = findBastionProgram()
    await runBastionProgram(program, ['--check-config', '--config', this.#folder.bastionConfig])
    if (existsSync(this.#accessPath)) return
    this.#access = parseOperatorToken(await runBastionProgram(program, ['operator-token', '--config', this.#folder.bastionConfig]))
    writeFileSync(this.#accessPath, JSON.stringify(this.#access), { mode: 0o600 })
  }

  /** Starts it and waits until it answers. Refuses when it ends or is silent for 90 s, with the last lines of its log. */
  async start(): Promise<void> {
    const program = findBastionProgram()
    await this.#keeper.ask('start', { name: 'bastion', file: program.file, args: [...program.args, '--config', this.#folder.bastionConfig], log: this.#folder.bastionLog, env: bastionEnvironment(process.env) })
    const deadline = Date.now() + 90_000
    const { url, pin, token } = this.access()
    const client = new BastionClient({ url: new URL(url), pins: parsePins(pin) ?? [], token, socket: this.#folder.controlSocket }, new AbortController().signal, 5000)
    let because = 'it did not answer within 90 s'
    while (Date.now() < deadline) {
      const ready = await client.send('GET', '/health/ready').catch(() => null)
      if (ready?.status === 200) return
      if (ready !== null) because = `it is not ready: ${ready.body}`
      if (!(await this.#keeper.ask('children', {})).running.includes('bastion')) { because = 'it ended'; break }
      await sleep(100)
    }
    throw new LabctlError('failed', 'rehearsal-bastion', `The bastion did not start: ${because}. The last lines of its log:\n${this.log(12)}`)
  }

  /** Ends it by a signal and waits until it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#keeper.ask('signal', { name: 'bastion', signal })
    await this.#keeper.ask('ended', { name: 'bastion' })
  }

  /** The last lines of its log. */
  log(lines = 200): string { return consoleTail(this.#folder.bastionLog, lines) }
}
