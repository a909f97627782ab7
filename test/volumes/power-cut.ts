// Power cuts: the machine's plug is pulled at one moment of an order, and the operator orders the next attempt.
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { benchMac } from './bench/bench.ts'
import { compareImages } from './compare-images.ts'
import { copyImages } from './disk.ts'
import { mayChange, outside } from './judge-changes.ts'
import type { Lab } from './lab.ts'
import { scenarioFolder, type MadeMachines } from './make-machine.ts'
import { nameRanges, parsePlaces } from './places.ts'
import { judgeDone } from './judge-ending.ts'
import { placeOrder, retry, type ScenarioResult } from './run-scenario.ts'
import type { LabMachine, LabOrder } from './scenario.ts'

/** A moment of the steps: after, or so many milliseconds into, the `count`th start of a program. Counted by name, since several may start at once. */
export interface Moment { when: 'after' | number, name: string, count: number, program: string }

/** A series of cuts into one order of one machine. */
export interface CutSeries { id: string, machine: LabMachine, order: LabOrder, moments: number }

/** What the steps of an order start, in order: from one attempt that nothing disturbs. */
export async function traceOrder(lab: Lab, machines: MadeMachines, series: CutSeries): Promise<string[]> {
  const made = await machines.get(lab, series.machine)
  const { now } = scenarioFolder(lab, `${series.id}-trace`)
  try {
    copyImages(made.folder, now)
    lab.rows.restore(made.rows)
    await mustOrder(lab, series.order)
    await lab.attach(now, series.machine.disks)
    const end = await lab.boot(made.identity, { prepare: 'hook before none 0 :' })
    if (end.outcome !== 'rebooted') throw new Error(`the order to be cut ended with ${end.outcome}:\n${end.log.slice(-3000)}\n${JSON.stringify(end.refusals)}`)
    return (await lab.bench.must('cat /run/lab/trace')).trim().split('\n')
  } finally {
    await lab.detach()
    rmSync(dirname(now), { recursive: true, force: true })
  }
}

/** Programs that write to a disk, and those in which it matters how far they came: milliseconds into them. */
const writing = /^(sgdisk|wipefs -a|mkfs\.|mkswap|lvm (lvchange|vgchange|lvcreate|vgcreate|pvcreate)|tar -x|cp \S+ \S*store|mv |sync|umount |chroot |ln |chmod |rm -rf \S*store|mkdir \S* \S*store)/
const into: readonly (readonly [RegExp, readonly number[]])[] = [[/^tar -x .*image/, [40, 120, 300, 600]], [/^tar -x/, [20]], [/^mkfs\./, [5, 20, 60]], [/^(lvm (lvcreate|vgcreate|pvcreate)|sgdisk|wipefs -a)/, [10]], [/^(lvm|cp |sync)/, [15]]]

/** Moments spread over a trace: between the programs that write, and into them; a few while the steps only look. */
export function chooseMoments(trace: readonly string[], wanted: number): Moment[] {
  const nameOf = (line: string) => line.split(' ')[0]!
  const all = trace.map((line, index) => ({ line, index, moment: { name: nameOf(line), count: trace.slice(0, index + 1).filter(other => nameOf(other) === nameOf(line)).length, program: line.slice(0, 60) } }))
  const begins = all.find(({ line }) => /^(wipefs -a|sgdisk|mkfs|cp \S+ \S*store)/.test(line))?.index ?? 0
  const moments = all.filter(({ line, index }) => index >= begins && writing.test(line)).flatMap(({ line, moment }): Moment[] => {
    const milliseconds = into.find(([pattern]) => pattern.test(line))?.[1] ?? []
    return [...milliseconds.map(when => ({ when, ...moment })), { when: 'after', ...moment }]
  })
  const looking = all.filter(({ line, index }) => index < begins && /^(mount|umount|lvm lvchange|tar)/.test(line)).map(({ moment }): Moment => ({ when: 'after', ...moment }))
  const chosen = spread(looking, Math.min(4, Math.ceil(wanted / 10)))
  return [...chosen, ...spread(moments, wanted - chosen.length)]
}

function spread(moments: readonly Moment[], count: number): Moment[] {
  return moments.length <= count ? [...moments] : Array.from({ length: count }, (_, index) => moments[Math.floor((index + 0.5) * moments.length / count)]!)
}

async function mustOrder(lab: Lab, order: LabOrder): Promise<void> {
  const refused = await placeOrder(lab, order)
  if (refused !== null) throw new Error(`the order was refused: ${JSON.stringify(refused)}`)
}

/** One cut, and the attempts after it. */
export async function runCut(lab: Lab, machines: MadeMachines, series: CutSeries, moment: Moment): Promise<ScenarioResult> {
  const made = await machines.get(lab, series.machine)
  const { now } = scenarioFolder(lab, `${series.id}-${moment.name}-${moment.count}-${moment.when}`)
  const { disks } = series.machine
  const problems: string[] = []
  try {
    copyImages(made.folder, now)
    lab.rows.restore(made.rows)
    await mustOrder(lab, series.order)
    await lab.attach(now, disks)
    const before = parsePlaces(await lab.bench.must('list_places'))
    const cut = await lab.boot(made.identity, { prepare: `hook ${moment.when} ${moment.name} ${moment.count} cut` })
    // The lab came too late, which says nothing about the machine: it is done once more.
    if (cut.outcome === 'rebooted') throw new Error(`the plug was not pulled ${String(moment.when)} ${moment.name} ${moment.count}`)
    if (cut.outcome !== 'cut') problems.push(`the plug was to be pulled, and the boot ended with ${cut.outcome}:\n${cut.log.slice(-1500)}`)
    const begun = lab.rows.planOf()
    for (const disk of disks) {
      if (begun === null) break
      const lost = outside(compareImages(join(made.folder, disk.file), join(now, disk.file)), mayChange(begun, disk.serial, before))
      for (const { name, bytes } of nameRanges(disk.serial, lost, before)) problems.push(`after the cut, ${bytes} bytes of ${name} of ${disk.serial} are not what they were`)
    }
    const attempts = await tryAgain(lab, made.identity, now, series)
    problems.push(...attempts.problems)
    const judged = await judgeDone(lab, { machine: made, order: series.order, disks, now, before: made.folder, placesBefore: before, done: attempts.done })
    return { outcome: attempts.done ? `done with attempt ${attempts.count}` : 'not done', problems: [...problems, ...judged.problems], bytesLost: judged.bytesLost, refusals: [] }
  } finally {
    await lab.detach()
    rmSync(dirname(now), { recursive: true, force: true })
  }
}

/** Power is back: the machine boots its disk, as the bastion says; the operator looks at the new plan and agrees, twice at most. */
async function tryAgain(lab: Lab, identity: Parameters<Lab['boot']>[0], now: string, series: CutSeries): Promise<{ done: boolean, count: number, problems: string[] }> {
  await lab.attach(now, series.machine.disks)
  const first = await lab.boot(identity)
  if (first.outcome === 'rebooted') return { done: true, count: 1, problems: [] }
  const state = (await lab.api<{ machine: { order: { state: string } | null } }>('GET', `/api/machines/${benchMac}`)).body.machine.order?.state
  if (state === 'done') return { done: true, count: 1, problems: [] }
  const problems = first.outcome === 'none' ? [] : [`the boot after the cut ended with ${first.outcome}:\n${first.log.slice(-1500)}`]
  for (const count of [2, 3]) {
    const refused = await retry(lab, series.order)
    if (refused !== null) return { done: false, count, problems: [...problems, `attempt ${count} was refused: ${refused.map(({ code, because }) => `${code}: ${because}`).join(' ')}`] }
    const end = await lab.boot(identity)
    if (end.outcome === 'rebooted') return { done: true, count, problems }
    if (end.outcome !== 'refused' || count === 3) problems.push(`attempt ${count} ended with ${end.outcome}:\n${end.log.slice(-2500)}\n${end.refusals.map(({ code, because }) => `${code}: ${because}`).join('\n')}`)
  }
  return { done: false, count: 3, problems }
}
