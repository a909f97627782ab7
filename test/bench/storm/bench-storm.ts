// A rack of 1,000 machines whose power comes back. In a process of its own, since it needs a network of its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { builtRamdisk } from '../../lib/cache.ts'
import type { StormOutcome } from './storm-in-network.ts'
import { mib, seconds, type Figures } from '../figures.ts'

/** Notes how long `count` machines take from their first DHCP packet to discovered, and what that costs. `LABCTL_STORM_COUNT` and `LABCTL_STORM_SPREAD_MS` change what is run. */
export async function benchStorm(figures: Figures): Promise<void> {
  const count = Number(process.env['LABCTL_STORM_COUNT'] ?? '1000')
  const spreadMs = Number(process.env['LABCTL_STORM_SPREAD_MS'] ?? '0')
  const ramdisk = process.env['LABCTL_STORM_RAMDISK'] ?? await builtRamdisk()
  const outcome = await inOwnNetwork({ count, spreadMs, ramdisk })
  const { discovered, atMs, used, phases, failed, again, alarms, bytes, machines } = outcome
  figures.note(`storm of ${count} machines: discovered`, `${discovered}, with ${machines} recorded and ${alarms} alarms`, `${count}, ${count}, 0`)
  for (const [reason, boots] of Object.entries(failed)) figures.note(`storm, failed: ${reason}`, String(boots), '0')
  figures.note('storm: first DHCP packet to 50, 90, 99, 100 % discovered', atMs.map(seconds).join(', '), '100 % in 60 s')
  figures.note('storm: resident memory of the bastion, most', mib(used.bastion.residentBytes), '≤ 250 MB')
  figures.note('storm: resident memory of its processes that send files, most', mib(used.files.residentBytes))
  const cpu = (['bastion', 'files', 'dnsmasq', 'simulator'] as const).map(name => used[name].cpuSeconds.toFixed(1))
  figures.note('storm: CPU of bastion, its processes that send files, dnsmasq, simulator', `${cpu.join(', ')} s`)
  figures.note('storm: sent to the machines', `${(bytes / 1e9).toFixed(1)} GB, ${(bytes / 1e9 / (atMs.at(-1)! / 1000)).toFixed(2)} GB/s`)
  figures.note('storm: asked again', Object.entries(again).map(([what, times]) => `${what} ${times}`).join(', ') || 'nobody')
  for (const { phase, p50Ms, p99Ms } of phases) figures.note(`storm, phase ${phase}: p50, p99`, `${seconds(p50Ms)}, ${seconds(p99Ms)}`)
}

async function inOwnNetwork(spec: { count: number, spreadMs: number, ramdisk: string }): Promise<StormOutcome> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('storm-in-network.ts', import.meta.url))], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, LABCTL_STORM: JSON.stringify(spec) } })
  let outcome: StormOutcome | null = null
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{')) outcome = JSON.parse(line) as StormOutcome
    else console.log(line)
  }
  if (child.exitCode === null) await once(child, 'exit')
  if (outcome === null) throw new Error(`the storm ended with ${child.exitCode} and told nothing`)
  return outcome
}
