// On which processor a User-Mode Linux guest is to stay. Its kernel hands over to its processes and back many thousand times a second;
// between two processors of a virtual host each hand-over wakes a sleeping one, which makes the guest about half as fast.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** The processors that a list of the kernel's names: `0-3,8` (cpuset(7), list format). */
export function parseCpuList(list: string): number[] {
  return list.trim().split(',').filter(part => part !== '').flatMap(part => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

/** The processor of `allowed` that idled longest between two readings of /proc/stat (proc_stat(5)); of those about as idle, the `turn`th, going round. */
export function pickCpu(allowed: readonly number[], earlier: string, later: string, turn: number): number {
  const idle = allowed.map(cpu => idleTicks(later, cpu) - idleTicks(earlier, cpu))
  const most = Math.max(...idle)
  const candidates = allowed.filter((_, index) => idle[index]! >= most * 0.7)
  return candidates[turn % candidates.length]!
}

function idleTicks(stat: string, cpu: number): number {
  const [, , , idle = 0, waiting = 0] = new RegExp(`^cpu${cpu} (.*)$`, 'm').exec(stat)?.[1]?.trim().split(/\s+/).map(Number) ?? []
  return Number(idle) + Number(waiting)
}

/** The command that keeps a program on the quietest processor at the moment, to be put before the program; after a fifth of a second. `turn`: spreads those that are started together. */
export async function onQuietestCpu(turn: number): Promise<string[]> {
  const allowed = parseCpuList(/^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]!)
  const read = () => readFileSync('/proc/stat', 'utf8')
  const earlier = read()
  await sleep(200)
  return ['taskset', '-c', String(pickCpu(allowed, earlier, read(), turn))]
}
