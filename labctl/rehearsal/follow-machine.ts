// Takes one machine from power-on to its own disk: watches its timeline, orders, and waits for its login prompt.
import { setTimeout as sleep } from 'node:timers/promises'
import type { MachineDetail, Order, Verdict } from '../../protocol/machines.ts'
import type { BastionClient } from '../client/bastion-client.ts'
import { interrupted, LabctlError } from '../labctl-error.ts'
import { loginPrompt } from './console-log.ts'
import { endPanic } from './end-panic.ts'
import { judgeSteps, type Goal, type Seen, type Step } from './judge-steps.ts'
import type { Machine } from './machine.ts'

/** What is wanted of the machine. `install`: what is ordered where nothing is yet; null orders nothing. */
export interface Wanted { goal: Goal, install: { name: string, role?: string, os?: string } | null, deadlineMs: number }

/** How far it is. `verdict`: what the bastion makes of its silence. */
export interface Progress { steps: Step[], doing: string, percent: number | null, verdict: Verdict | null }

/** Follows a machine that is on until all of its steps are done, and gives them. It starts from wherever the machine is, so running it again does only what is left. Refuses an order that fails, a machine that goes off, and one that takes longer than the deadline. */
export async function followMachine(client: BastionClient, machine: Machine, wanted: Wanted, tell: (progress: Progress) => void): Promise<Step[]> {
  const until = Date.now() + wanted.deadlineMs
  const seen: Seen = { orderedAt: null, loginAt: null }
  for (;;) {
    if (client.signal.aborted) throw interrupted()
    const detail = await whenKnown(() => client.machine(machine.mac))
    const stranger = detail === null ? await whenKnown(() => client.stranger(machine.mac)) : null
    const timeline = detail?.timeline ?? stranger?.timeline ?? []
    const verdict = detail?.machine.verdict ?? stranger?.stranger.verdict ?? null
    const order = orderOf(detail, wanted.goal)
    if (order !== null) seen.orderedAt = order.createdAt
    if (order?.state === 'failed' || order?.state === 'contested' || order?.state === 'cancelled') throw failed(machine, `its order is ${order.state}: ${order.because ?? 'no reason given'}`)
    if (wanted.install !== null && detail !== null && detail.facts !== null && order === null) await client.install({ machine: machine.mac, ...wanted.install })
    if (order?.phase === 'first-boot' && seen.loginAt === null && loginPrompt.test(machine.consoleText())) seen.loginAt = Date.now()
    const steps = judgeSteps(timeline, seen, wanted.goal)
    tell({ steps, doing: order?.phase ?? timeline.at(-1)?.phase ?? 'firmware', percent: percentOf(order), verdict })
    if (steps.every(step => step.at !== null)) return steps
    await endPanic(machine, order?.state === 'done')
    if (!await machine.isOn()) throw failed(machine, 'it went off')
    if (Date.now() > until) throw failed(machine, `it was not done within ${wanted.deadlineMs / 1000} s; the next step would have been: ${steps.find(step => step.at === null)?.name}${verdict === null ? '' : `. ${verdict.because} ${verdict.nextStep}`}`)
    await sleep(400)
  }
}

/** The last order that leads to the goal; a rescue in between is of no concern. */
function orderOf(detail: MachineDetail | null, goal: Goal): Order | null {
  const orders = (detail?.orders ?? []).filter(({ kind }) => goal === 'discovery' || kind === 'reprovision' || kind === goal)
  return orders.toSorted((one, other) => one.createdAt - other.createdAt).at(-1) ?? null
}

/** Nothing while the bastion doesn't know it; the bastion being away for a moment is no failure either. */
async function whenKnown<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof LabctlError && ['not-found', 'unreachable', 'timed-out'].includes(error.exit)) return null
    throw error
  }
}

const percentOf = (order: Order | null): number | null => order?.state === 'installing' ? order.percent : null

function failed(machine: Machine, because: string): LabctlError {
  return new LabctlError('failed', 'rehearsal-machine', `${machine.name} did not get there: ${because}. The last lines of its console:\n${machine.consoleTail(20)}`)
}
