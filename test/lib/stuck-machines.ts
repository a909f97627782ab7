// A rehearsed network in which things go wrong for single machines, with a bastion whose clock the test can put ahead, so that nobody sits through the silence.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import { startRehearsal, type RehearsalOptions } from '../../labctl/rehearsal/start-rehearsal.ts'
import type { TimelineEntry, Verdict } from '../../protocol/machines.ts'

/** What never comes through the machine's port: packets `from` it or `to` it that match (nft(8)). */
export interface Cut { way: 'from' | 'to', match: string }

/** What the bastion knows of a machine, discovered or not. */
export interface Known { timeline: readonly TimelineEntry[], verdict: Verdict | null, waiting: boolean }

const preload = new URL('clock-ahead.ts', import.meta.url).href
const bastionMain = new URL('../../bastion/main.ts', import.meta.url).pathname
const nft = '/usr/sbin/nft'

/** The rehearsal, and what can be done to its machines' cables and to its clock. */
export class FaultyNetwork {
  readonly rehearsal: Rehearsal
  readonly #clock: string
  constructor(rehearsal: Rehearsal, clock: string) {
    this.rehearsal = rehearsal
    this.#clock = clock
  }

  /** From now on the bastion believes that it is so much later than it is. */
  putClockAhead(ms: number): void { writeFileSync(this.#clock, String(ms)) }

  async cut(machine: Machine, cuts: readonly Cut[]): Promise<void> {
    const port = machine.spec.nics[0]!.tap
    for (const { way, match } of cuts) await this.#run(nft, ['add', 'rule', 'bridge', 'faults', way, way === 'from' ? 'iifname' : 'oifname', port, ...match.split(' '), 'drop'])
  }

  async #run(file: string, args: readonly string[]): Promise<void> {
    const { exitCode, stderr } = await this.rehearsal.inside(file, args)
    if (exitCode !== 0) throw new Error(`${file} ${args.join(' ')}: ${stderr}`)
  }

  async prepare(): Promise<void> {
    await this.#run(nft, ['add', 'table', 'bridge', 'faults'])
    for (const [chain, hook] of [['from', 'prerouting'], ['to', 'postrouting']] as const) await this.#run(nft, ['add', 'chain', 'bridge', 'faults', chain, `{ type filter hook ${hook} priority 0 ; }`])
  }

  /** Starts the bastion with the clock that {@link putClockAhead} moves. */
  async startBastion(): Promise<void> {
    const { rehearsal } = this
    this.putClockAhead(0)
    await rehearsal.keeper.ask('start', { name: 'bastion', file: process.execPath, args: ['--import', preload, bastionMain, '--config', rehearsal.folder.bastionConfig], log: rehearsal.folder.bastionLog, env: { LABCTL_TEST_CLOCK: this.#clock } })
    const until = Date.now() + 60_000
    while ((await rehearsal.api('GET', '/health/ready').catch(() => null))?.status !== 200) {
      if (Date.now() > until) throw new Error(`the bastion is not ready:\n${rehearsal.bastion.log(12)}`)
      await delay(200)
    }
  }

  async known(machine: Machine): Promise<Known> {
    const asMachine = await this.rehearsal.api('GET', `/api/machines/${machine.mac}`)
    if (asMachine.status === 200) {
      const { timeline, machine: seen } = asMachine.body as { timeline: TimelineEntry[], machine: { waiting: boolean, verdict: Verdict | null } }
      return { timeline, verdict: seen.verdict, waiting: seen.waiting }
    }
    const asStranger = await this.rehearsal.api('GET', `/api/strangers/${machine.mac}`)
    if (asStranger.status !== 200) return { timeline: [], verdict: null, waiting: false }
    const { timeline, stranger } = asStranger.body as { timeline: TimelineEntry[], stranger: { verdict: Verdict | null } }
    return { timeline, verdict: stranger.verdict, waiting: false }
  }

  /** Waits until the bastion knows of a machine what `wanted` accepts; gives it. */
  async until(machine: Machine, what: string, deadlineMs: number, wanted: (known: Known) => boolean): Promise<Known> {
    const deadline = Date.now() + deadlineMs
    for (;;) {
      // On a busy host an answer may be late.
      const known = await this.known(machine).catch(() => null)
      if (known !== null && wanted(known)) return known
      if (Date.now() > deadline) throw new Error(`${machine.name}: not ${what} after ${deadlineMs / 1000} s; verdict ${known?.verdict?.code ?? 'none'}\n${(known?.timeline ?? []).slice(-12).map(entry => `${entry.phase} ${entry.text}`).join('\n')}\nConsole:\n${machine.consoleTail(12)}`)
      await delay(200)
    }
  }
}

/** Such a network, whose end is the test's. `before` runs inside it before the bastion is started. */
export async function faultyNetwork(t: Pick<Test, 'teardown'>, options: Pick<RehearsalOptions, 'config' | 'dhcp'> = {}, before: (rehearsal: Rehearsal) => Promise<void> = async () => undefined): Promise<FaultyNetwork> {
  const folder = mkdtempSync('/var/tmp/labctl-e2e-')
  const rehearsal = await startRehearsal({ directory: join(folder, 'r'), startBastion: false, ...options })
  t.teardown(async () => {
    await rehearsal.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const network = new FaultyNetwork(rehearsal, join(folder, 'clock-ahead'))
  await network.prepare()
  await before(rehearsal)
  await network.startBastion()
  return network
}
