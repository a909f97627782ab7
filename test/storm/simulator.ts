// A rack whose power comes back, as a program: many machines in the network namespace that it is started in. `node simulator.ts '{"count":30}'` prints a line of JSON per second, and at the end one with every boot.
import { setTimeout as sleep } from 'node:timers/promises'
import { DhcpClients } from './dhcp-clients.ts'
import { identityOf, readRecorded } from './machine-report.ts'
import { simulateMachine, stormPhases, type StormBoot, type StormPhase } from './simulate-machine.ts'

/** `count` machines, whose firmware sends its first packet within `spreadMs`; given up after `deadlineMs`; then they wait for `waitMs` more. */
export interface StormSpec { count: number, spreadMs: number, deadlineMs: number, waitMs: number }
/** What the simulator prints: how many machines are in each phase, and at last every boot; times are in milliseconds since the first packet. */
export type StormLine = { kind: 'state', atMs: number, phases: Partial<Record<StormPhase, number>> } | { kind: 'end', boots: StormBoot[], cpuSeconds: number, residentBytes: number }

if (import.meta.main) await main(JSON.parse(process.argv[2]!) as StormSpec)

async function main(spec: StormSpec): Promise<void> {
  const print = (line: StormLine) => { process.stdout.write(`${JSON.stringify(line)}\n`) }
  const clients = new DhcpClients()
  await clients.open()
  const recorded = await readRecorded()
  const reached = new Map<StormPhase, number>()
  const stop = new AbortController()
  const ground = { clients, recorded, stop: stop.signal, onPhase: (phase: StormPhase) => { reached.set(phase, (reached.get(phase) ?? 0) + 1) } }
  const startedAt = performance.now()
  const tell = () => {
    const counts = stormPhases.map((phase, index) => [phase, (reached.get(phase) ?? 0) - (reached.get(stormPhases[index + 1]!) ?? 0)] as const)
    print({ kind: 'state', atMs: performance.now() - startedAt, phases: Object.fromEntries(counts.filter(([, count]) => count > 0)) })
  }
  const every = setInterval(tell, 1000)
  const deadline = setTimeout(() => { stop.abort(new Error('it took too long')) }, spec.deadlineMs)
  const boots = await Promise.all(Array.from({ length: spec.count }, async (_, number) => {
    await sleep(Math.random() * spec.spreadMs)
    return simulateMachine(identityOf(number), ground)
  }))
  clearTimeout(deadline)
  tell()
  await sleep(spec.waitMs)
  clearInterval(every)
  for (const boot of boots) for (const [phase, at] of Object.entries(boot.at)) boot.at[phase as StormPhase] = at - startedAt
  const { user, system } = process.cpuUsage()
  print({ kind: 'end', boots, cpuSeconds: (user + system) / 1e6, residentBytes: process.memoryUsage().rss })
  stop.abort()
  // A pipe takes a long line in parts.
  process.stdout.write('', () => { process.exit(0) })
}
