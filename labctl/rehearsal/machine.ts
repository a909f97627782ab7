// A rehearsed machine as tests and the command see it.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { consoleSize, consoleTail, readConsole, waitForText } from './console-log.ts'
import { sumDisk } from './disk-sum.ts'
import type { KeeperClient } from './keeper-client.ts'
import type { ChildEnd } from './keeper-requests.ts'
import { refuseTooLittleMemory } from './memory-guard.ts'
import { disksIn, type MachineSpec } from './machine-spec.ts'
import { machineFiles, nicId, planQemu, type StartFrom } from './plan-qemu.ts'
import { qemuFirmware } from './qemu-firmware.ts'
import { runQmp } from './qmp-client.ts'
import { umlBoardProgram } from './uml/board-program.ts'

/** One machine. It is off until `powerOn`. Every wait has a deadline in milliseconds, and its error carries the last lines of the console. */
export class Machine {
  readonly spec: MachineSpec
  readonly files: ReturnType<typeof machineFiles>
  readonly #keeper: KeeperClient
  readonly #machines: string
  #powered: { at: number, console: number } = { at: 0, console: 0 }

  constructor(spec: MachineSpec, machines: string, keeper: KeeperClient) {
    this.spec = spec
    this.files = machineFiles(machines, spec.name)
    this.#keeper = keeper
    this.#machines = machines
    if (existsSync(this.files.powered)) this.#powered = JSON.parse(readFileSync(this.files.powered, 'utf8')) as { at: number, console: number }
  }

  get name(): string { return this.spec.name }
  get mac(): string { return this.spec.nics[0]?.mac ?? '' }
  get uuid(): string { return this.spec.uuid }
  get serial(): string { return this.spec.serial }
  /** When it was last powered on or reset, in milliseconds since 1970. */
  get poweredAt(): number { return this.#powered.at }

  /** Makes its folder, empty disks and firmware variables; what is there stays. */
  make(): void {
    mkdirSync(this.files.directory, { recursive: true, mode: 0o700 })
    writeFileSync(this.files.spec, JSON.stringify(this.spec, null, 2), { mode: 0o600 })
    for (const disk of this.spec.disks) {
      if (existsSync(disk.file)) continue
      writeFileSync(disk.file, '', { mode: 0o600 })
      truncateSync(disk.file, disk.sizeBytes)
    }
    const { variables } = qemuFirmware[this.spec.firmware]
    if (this.spec.kind === 'qemu' && variables !== null && !existsSync(this.files.firmwareVariables)) copyFileSync(variables, this.files.firmwareVariables)
  }

  async isOn(): Promise<boolean> {
    return (await this.#keeper.ask('children', {})).running.includes(this.name)
  }

  /** Power button; `network`: with one boot from the network first, whatever the firmware's boot order says, as a BMC asks for. Refuses when the host has too little memory for it (a guard, not a promise). */
  async powerOn(from: StartFrom = 'as-set'): Promise<void> {
    if (await this.isOn()) return
    refuseTooLittleMemory(this.spec)
    for (const { tap } of this.spec.nics) await this.#keeper.ask('tap', { name: tap })
    for (const socket of [this.files.consoleSocket, this.files.qmp]) rmSync(socket, { force: true })
    this.#notePower()
    await this.#keeper.ask('start', this.spec.kind === 'uml'
      ? { name: this.name, file: process.execPath, args: [umlBoardProgram, this.files.directory], log: this.files.log }
      : { name: this.name, file: qemuFirmware[this.spec.firmware].program, args: planQemu(this.spec, this.#machines, from), log: this.files.log })
    if (from === 'network') await this.#forgetNetworkFirst()
  }

  #notePower(): void {
    this.#powered = { at: Date.now(), console: consoleSize(this.files.console) }
    writeFileSync(this.files.powered, JSON.stringify(this.#powered), { mode: 0o600 })
  }

  /** Pulls the plug, and waits until it is off. */
  async powerOff(deadlineMs = 10_000): Promise<void> {
    // User-Mode Linux's board ends its kernel first, so that nobody writes to the disk any more.
    await this.#keeper.ask('signal', { name: this.name, signal: this.spec.kind === 'uml' ? 'SIGTERM' : 'SIGKILL' })
    await this.waitForExit(deadlineMs)
  }

  /** The reset button; `network` as for {@link powerOn}. */
  async reset(from: StartFrom = 'as-set'): Promise<void> {
    if (this.spec.kind === 'uml' || from === 'network') {
      await this.powerOff()
      return await this.powerOn(from)
    }
    this.#notePower()
    await runQmp(this.files.qmp, 'system_reset')
  }

  /** The wish for the network is good for this start: QEMU tells the firmware at each reset what the cards' indices are by then. */
  async #forgetNetworkFirst(): Promise<void> {
    if (this.spec.kind === 'uml' || this.spec.firmware === 'bios') return
    const until = Date.now() + 5000
    while (!existsSync(this.files.qmp) && Date.now() < until) await sleep(20)
    for (const at of this.spec.nics.keys()) await runQmp(this.files.qmp, 'qom-set', { path: `/machine/peripheral/${nicId(at)}`, property: 'bootindex', value: -1 })
  }

  /** Pulls a disk out, or puts it `back`: off, the change, on again with one boot from the network. Gives the checksums of the disks that are in it, as they were while it was off. */
  async pullDisk(index: number, back: boolean): Promise<{ serial: string, checksum: string }[]> {
    const disk = this.spec.disks[index]
    if (disk === undefined) throw new Error(`${this.name} has no disk ${index}`)
    if (await this.isOn()) await this.powerOff()
    disk.pulled = !back
    writeFileSync(this.files.spec, JSON.stringify(this.spec, null, 2), { mode: 0o600 })
    const sums = await Promise.all(disksIn(this.spec).map(async ({ serial, file }) => ({ serial, checksum: await sumDisk(file) })))
    await this.powerOn('network')
    return sums
  }

  /** Runs a QMP command; for QEMU machines only. */
  async qmp(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    return await runQmp(this.files.qmp, command, args)
  }

  /** The console's text since it was powered on, or since byte `from`. */
  consoleText(from = this.#powered.console): string { return readConsole(this.files.console, from) }

  /** The console's last lines, harmless to a terminal. */
  consoleTail(lines = 25): string { return consoleTail(this.files.console, lines) }

  /** Where the console's log ends now: hand it to `waitForConsole` to look at later text only. */
  mark(): number { return consoleSize(this.files.console) }

  /** Waits for text on the console since power-on, or since byte `from`. */
  async waitForConsole(pattern: RegExp, deadlineMs: number, from = this.#powered.console): Promise<RegExpExecArray> {
    return await waitForText(this.files.console, pattern, { deadlineMs, from, what: this.name, ended: async () => !await this.isOn() })
  }

  /** Waits until it is off; null when it was off already. */
  async waitForExit(deadlineMs: number): Promise<ChildEnd | null> {
    const late = new AbortController()
    try {
      return await Promise.race([
        this.#keeper.ask('ended', { name: this.name }).then(({ end }) => end),
        sleep(deadlineMs, undefined, { signal: late.signal }).then(() => { throw new Error(`${this.name} is still on after ${deadlineMs / 1000} s. The last lines of its console:\n${this.consoleTail()}`) }),
      ])
    } finally {
      late.abort()
    }
  }

  /** A checksum over what a disk holds (SHA-256 over its blocks that are not zero, each with its place); the same whichever way the file is stored. */
  async diskChecksum(index = 0): Promise<string> {
    const disk = this.spec.disks[index]
    if (disk === undefined) throw new Error(`${this.name} has no disk ${index}`)
    return await sumDisk(disk.file)
  }
}
