// What the end-to-end tests share: a rehearsal in a folder of their own, and waiting for what the bastion knows of a machine.
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { endPanic } from '../../labctl/rehearsal/end-panic.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import type { Settings } from '../../labctl/rehearsal/rehearsal-config.ts'
import { startRehearsal, type RehearsalOptions } from '../../labctl/rehearsal/start-rehearsal.ts'
import type { MachineDetail } from '../../protocol/machines.ts'

/** A rehearsal that ends with the test, and cleans up. */
export async function rehearsed(t: Test, config: Settings = {}, more: Pick<RehearsalOptions, 'operatorKey'> = {}): Promise<Rehearsal> {
  // A short path: Unix sockets allow 108 bytes, and the project may stand anywhere.
  const folder = mkdtempSync('/var/tmp/labctl-e2e-')
  const rehearsal = await startRehearsal({ directory: join(folder, 'r'), config, ...more })
  t.teardown(async () => {
    await rehearsal.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return rehearsal
}

/** What the bastion tells about a machine, or null while it does not know it. */
export async function detailOf(rehearsal: Rehearsal, machine: Machine): Promise<MachineDetail | null> {
  const { status, body } = await rehearsal.api('GET', `/api/machines/${machine.mac}`)
  return status === 200 ? body as MachineDetail : null
}

/** Waits until the bastion tells of a machine what `wanted` accepts. Gives up at the deadline with what it knew last and the machine's console. */
export async function waitFor(rehearsal: Rehearsal, machine: Machine, what: string, deadlineMs: number, wanted: (detail: MachineDetail) => boolean): Promise<MachineDetail> {
  const until = Date.now() + deadlineMs
  for (;;) {
    // A bastion that a test has just killed does not answer.
    const detail = await detailOf(rehearsal, machine).catch(() => null)
    if (detail !== null && wanted(detail)) return detail
    await endPanic(machine, detail?.machine.order?.state === 'done')
    if (Date.now() > until) {
      throw new Error(`${machine.name} is not ${what} after ${deadlineMs / 1000} s. Order: ${JSON.stringify(detail?.machine.order ?? null)}\n${(detail?.timeline ?? []).slice(-12).map(entry => `${entry.phase} ${entry.text}`).join('\n')}\nConsole:\n${machine.consoleTail(40)}`)
    }
    await delay(500)
  }
}

/** Waits until the machine waits for an order. */
export function discovered(rehearsal: Rehearsal, machine: Machine, deadlineMs: number): Promise<MachineDetail> {
  return waitFor(rehearsal, machine, 'discovered', deadlineMs, detail => detail.machine.waiting)
}

/** Waits until the machine's first boot was reported. */
export function firstBooted(rehearsal: Rehearsal, machine: Machine, deadlineMs: number): Promise<MachineDetail> {
  return waitFor(rehearsal, machine, 'booted from its disk', deadlineMs, detail => detail.timeline.some(entry => entry.phase === 'first-boot' && entry.evidence === 'signature'))
}

/** Waits until the machine's order failed; gives the reason. */
export async function orderFailed(rehearsal: Rehearsal, machine: Machine, deadlineMs: number): Promise<string> {
  const detail = await waitFor(rehearsal, machine, 'failed', deadlineMs, ({ machine: seen }) => seen.order?.state === 'failed')
  return detail.machine.order?.because ?? ''
}
