// A rehearsal as tests and the command see it: a bastion, dnsmasq and machines in an isolated network.
import { randomUUID } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { execa } from 'execa'
import { BastionClient } from '../client/bastion-client.ts'
import { parsePins } from '../config/settings.ts'
import { BastionChild } from './bastion-child.ts'
import type { KeeperClient } from './keeper-client.ts'
import { Machine } from './machine.ts'
import type { MachineSpec, MachineWish } from './machine-spec.ts'
import { planMachine } from './plan-machine.ts'
import { machineFiles } from './plan-qemu.ts'
import { stopKeeper } from './start-keeper.ts'
import type { StateFolder } from './state-folder.ts'

const labctlMain = new URL('../main.ts', import.meta.url).pathname

/** A running rehearsal. Got from `startRehearsal` or `openRehearsal`. */
export class Rehearsal {
  readonly folder: StateFolder
  readonly keeper: KeeperClient
  readonly bastion: BastionChild
  readonly accelerator: MachineSpec['accelerator']
  readonly #machines = new Map<string, Machine>()

  constructor(folder: StateFolder, keeper: KeeperClient, bastion: BastionChild, accelerator: MachineSpec['accelerator']) {
    this.folder = folder
    this.keeper = keeper
    this.bastion = bastion
    this.accelerator = accelerator
    for (const name of existsSync(folder.machines) ? readdirSync(folder.machines).sort() : []) {
      const path = machineFiles(folder.machines, name).spec
      if (existsSync(path)) this.#machines.set(name, new Machine(JSON.parse(readFileSync(path, 'utf8')) as MachineSpec, folder.machines, keeper))
    }
  }

  /** The machines, in the order in which they were added. */
  get machines(): Machine[] { return [...this.#machines.values()] }

  /** The operator API, with types. */
  client(signal: AbortSignal = new AbortController().signal): BastionClient {
    const { url, pin, token } = this.bastion.access()
    return new BastionClient({ url: new URL(url), pins: parsePins(pin) ?? [], token, socket: this.folder.controlSocket }, signal)
  }

  /** One request to the operator API: the status, and the body parsed where it is JSON. */
  async api(method: string, path: string, body?: unknown): Promise<{ status: number, body: unknown }> {
    const answer = await this.client().send(method, path, body)
    return { status: answer.status, body: answer.type.includes('json') && answer.body !== '' ? JSON.parse(answer.body) as unknown : answer.body }
  }

  /** Runs labctl against this rehearsal's bastion. */
  async labctl(args: readonly string[], timeoutMs = 60_000): Promise<{ stdout: string, stderr: string, exitCode: number | null }> {
    const { stdout, stderr, exitCode } = await execa(process.execPath, [labctlMain, ...args], { reject: false, stdin: 'ignore', timeout: timeoutMs, env: { ...this.environment(), HOME: this.folder.directory } })
    return { stdout, stderr, exitCode: exitCode ?? null }
  }

  /** What points labctl at this rehearsal's bastion. */
  environment(): Record<string, string> {
    const { url, pin, token } = this.bastion.access()
    return { LABCTL_URL: url, LABCTL_PIN: pin, LABCTL_TOKEN: token, LABCTL_SOCKET: this.folder.controlSocket }
  }

  /** Makes a machine; it is off. */
  addMachine(wish: MachineWish = {}): Machine {
    const spec = planMachine(wish, { index: this.#machines.size + 1, machines: this.folder.machines, uuid: randomUUID(), accelerator: this.accelerator })
    if (this.#machines.has(spec.name)) throw new Error(`there is a machine ${spec.name} already`)
    const machine = new Machine(spec, this.folder.machines, this.keeper)
    machine.make()
    this.#machines.set(spec.name, machine)
    return machine
  }

  /** Runs a program inside, in the rehearsal's network, to its end. */
  async inside(file: string, args: readonly string[], options: { timeoutMs?: number, input?: string } = {}): Promise<{ stdout: string, stderr: string, exitCode: number | null }> {
    return await this.keeper.ask('run', { file, args, timeoutMs: options.timeoutMs ?? 30_000, ...options.input === undefined ? {} : { input: options.input } })
  }

  startBastion(): Promise<void> { return this.bastion.start() }
  stopBastion(): Promise<void> { return this.bastion.end('SIGTERM') }
  killBastion9(): Promise<void> { return this.bastion.end('SIGKILL') }

  /** Ends everything and removes the folder. */
  async stop(): Promise<void> {
    this.keeper.close()
    await stopKeeper(this.folder)
    rmSync(this.folder.directory, { recursive: true, force: true })
  }
}
