// The storm itself, in a network namespace of its own: prints what goes on, and at last its outcome as one line of JSON.
import { ownNetwork } from '../../lib/own-network.ts'
import { runStorm, type StormResult } from '../../storm/run-storm.ts'
import { stormPhases, type StormBoot } from '../../storm/simulate-machine.ts'

/** What `benchStorm` tells of. `atMs`: when 50, 90, 99 and 100 % of the discovered were so. `again`: how often machines asked once more, by step. */
export interface StormOutcome {
  discovered: number, machines: number, alarms: number, failed: Record<string, number>, atMs: number[], bytes: number
  used: StormResult['used']
  phases: { phase: string, p50Ms: number, p99Ms: number }[], again: Record<string, number>
}

await ownNetwork(import.meta.url)
const spec = JSON.parse(process.env['LABCTL_STORM']!) as { count: number, spreadMs: number, ramdisk: string }
const profile = process.env['LABCTL_STORM_PROFILE']
const storm = await runStorm({
  ...spec, deadlineMs: 900_000, waitMs: 2000, restMs: 6000, ...profile === undefined ? {} : { profile },
  onState: (atMs, phases) => { console.log(`  ${(atMs / 1000).toFixed(0).padStart(4)} s  ${Object.entries(phases).map(([phase, count]) => `${phase} ${count}`).join('  ')}`) },
})
for (const line of new Set(storm.log.split('\n').filter(line => /"level":[456]0/.test(line)).map(line => (JSON.parse(line) as { msg: string }).msg))) console.log(`  bastion: ${line.slice(0, 200)}`)
const waiting = storm.boots.filter(boot => boot.failed === null)
const outcome: StormOutcome = {
  discovered: waiting.length, machines: storm.machines.length, alarms: storm.machines.reduce((sum, { alarms }) => sum + alarms, 0),
  failed: counted(storm.boots.flatMap(({ failed }) => failed === null ? [] : [[failed, 1] as const])),
  atMs: [0.5, 0.9, 0.99, 1].map(share => quantile(waiting.map(({ at }) => at.waiting!), share)), bytes: storm.boots.reduce((sum, { bytes }) => sum + bytes, 0),
  used: storm.used, phases: phasesOf(waiting), again: counted(storm.boots.flatMap(({ again }) => Object.entries(again))),
}
await storm.stop()
console.log(JSON.stringify(outcome))

function phasesOf(boots: readonly StormBoot[]): StormOutcome['phases'] {
  return stormPhases.slice(0, -1).map((phase, index) => {
    const took = boots.map(({ at }) => at[stormPhases[index + 1]!]! - at[phase]!)
    return { phase, p50Ms: quantile(took, 0.5), p99Ms: quantile(took, 0.99) }
  })
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((one, other) => one - other)[Math.max(0, Math.ceil(values.length * share) - 1)] ?? Number.NaN
}

function counted(entries: readonly (readonly [string, number])[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [what, count] of entries) sums[what] = (sums[what] ?? 0) + count
  return sums
}
