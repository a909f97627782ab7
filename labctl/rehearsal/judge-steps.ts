// Decides, from a machine's timeline, which steps of a rehearsal it has done and when.
import type { TimelineEntry } from '../../protocol/machines.ts'

/** A step with the time at which it was done, in milliseconds since 1970; null while it is not. */
export interface Step { name: string, at: number | null }

/** What the timeline cannot say. */
export interface Seen { orderedAt: number | null, loginAt: number | null }

const beforeOrder = [{ name: 'network boot', phase: 'dispatched' }, { name: 'discovered', phase: 'facts' }] as const
/** What a machine is brought to: known to the bastion, or through an order to its own disk. */
export type Goal = 'discovery' | 'install' | 'reprovision'

const afterOrder = [
  { name: 'plan answered', phase: 'facts' }, { name: 'disks ready', phase: 'disks' }, { name: 'image begun', phase: 'image' }, { name: 'image unpacked', phase: 'configure' },
  { name: 'installed', phase: 'reboot' }, { name: 'first-boot report', phase: 'first-boot' },
] as const

/** The steps in their order. Each is looked for after the one before it: an install sends its facts again. A reprovision begins with its order, of a machine that runs. */
export function judgeSteps(entries: readonly Pick<TimelineEntry, 'id' | 'at' | 'phase'>[], seen: Seen, goal: Goal): Step[] {
  const steps: Step[] = []
  let from = 0
  const find = (name: string, phase: string, since: number) => {
    const at = entries.findIndex((entry, index) => index >= from && entry.phase === phase && entry.at >= since)
    if (at !== -1) from = at + 1
    steps.push({ name, at: at === -1 ? null : entries[at]!.at })
  }
  const orderedAt = seen.orderedAt ?? Number.POSITIVE_INFINITY
  if (goal === 'reprovision') {
    find('network boot', 'dispatched', orderedAt)
  } else {
    for (const { name, phase } of beforeOrder) find(name, phase, 0)
    if (goal === 'discovery') return steps
    steps.push({ name: 'ordered', at: seen.orderedAt })
  }
  for (const { name, phase } of afterOrder) find(name, phase, orderedAt)
  return [...steps, { name: 'login prompt', at: seen.loginAt }]
}

/** How long each step took, in milliseconds: from the latest step done before it, or from `startedAt`. Null for steps not done. */
export function judgeDurations(steps: readonly Step[], startedAt: number): { name: string, at: number | null, tookMs: number | null }[] {
  const done = steps.flatMap(({ at }) => at === null ? [] : [at])
  return steps.map(({ name, at }) => ({ name, at, tookMs: at === null ? null : at - Math.max(startedAt, ...done.filter(other => other < at)) }))
}
