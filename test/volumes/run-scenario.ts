// Runs one scenario, and says what came of it.
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { PlanAnswer } from '../../protocol/plan-request.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { benchMac } from './bench/bench.ts'
import { copyImages, makeImage } from './disk.ts'
import { judgeDone, type Ending } from './judge-ending.ts'
import { kickstartProblems } from './judge-kickstart.ts'
import type { BootEnd, Identity, Lab } from './lab.ts'
import { scenarioFolder, type MadeMachines } from './make-machine.ts'
import { parsePlaces } from './places.ts'
import type { LabOrder, Scenario } from './scenario.ts'

/** What came of a scenario. `problems` is empty when it went as expected. */
export interface ScenarioResult { outcome: string, problems: string[], bytesLost: number, refusals: Refusal[] }

/** An attempt at an order, from the operator's word to the machine's end. */
export interface Attempt { end: BootEnd, refusals: Refusal[] }

/** See the file's first line. */
export async function runScenario(lab: Lab, machines: MadeMachines, scenario: Scenario): Promise<ScenarioResult> {
  const made = await machines.get(lab, scenario.machine)
  const { now, before } = scenarioFolder(lab, scenario.id)
  try {
    copyImages(made.folder, now)
    lab.rows.restore(made.rows)
    const identity: Identity = { ...made.identity, firmware: scenario.firmwareThen ?? made.identity.firmware }
    const seeded = [...made.seeded, ...await damage(lab, scenario, now)]
    const disks = scenario.disksThen?.(scenario.machine.disks) ?? scenario.machine.disks
    for (const disk of disks) makeImage(now, disk)
    copyImages(now, before)
    await lab.attach(now, disks)
    const placesBefore = parsePlaces(await lab.bench.must('list_places'))
    // Where it is to be refused, before the damage every machine is much the same.
    const kickstarts = scenario.expect.outcome === 'refused' ? [] : await kickstartProblems(lab, scenario.order, dirname(now))
    const attempt = await tryOrder(lab, identity, scenario.order, scenario.meanwhile)
    await lab.detach()
    // By now the machine has reported what happened to it.
    if (attempt.end.outcome === 'refused') kickstarts.push(...await kickstartProblems(lab, scenario.order, dirname(now)))
    const result = await judge(lab, { scenario, attempt, machine: { ...made, seeded }, order: scenario.order, disks, now, before, placesBefore })
    return { ...result, problems: [...result.problems, ...kickstarts] }
  } finally {
    await lab.detach()
    rmSync(dirname(now), { recursive: true, force: true })
  }
}

async function damage(lab: Lab, scenario: Scenario, now: string): Promise<{ uuid: string, name: string }[]> {
  let said = ''
  if (scenario.damage !== undefined) {
    await lab.attach(now, scenario.machine.disks)
    const cut = scenario.damageCut === true
    said = (await lab.bench.run(`(set -e\n${scenario.damage}\n) || exit 1\n${cut ? ': >/lab/exchange/cut; sleep 30' : 'let_go_of_disks'}`, { seconds: 120 }).then(ran => {
      if (cut ? ran.code !== null : ran.code !== 0) throw new Error(`the damage of ${scenario.id} could not be done:\n${ran.output.slice(-2000)}`)
      return ran
    })).output
    if (cut) await lab.cut()
    else await lab.detach()
  }
  scenario.damageImages?.(now)
  return [...said.matchAll(/^seeded\|([^|]+)\|(.*)$/gm)].map(([, uuid, name]) => ({ uuid: uuid!, name: name! }))
}

/** Orders, boots the machine, and where the operator looks again afterwards, orders and boots once more. */
export async function tryOrder(lab: Lab, identity: Identity, order: LabOrder, meanwhile?: string): Promise<Attempt> {
  const first = { ...order, ...order.shownAfterwards === true ? { accept: [] } : {} }
  const refused = await placeOrder(lab, first)
  if (refused !== null) return { end: { outcome: 'refused', refusals: refused, log: '' }, refusals: refused }
  let end = await lab.boot(identity, meanwhile === undefined ? {} : { prepare: meanwhile })
  if (order.shownAfterwards === true && end.outcome === 'refused') {
    const again = await retry(lab, order)
    if (again !== null) return { end: { outcome: 'refused', refusals: again, log: end.log }, refusals: again }
    end = await lab.boot(identity)
  }
  return { end, refusals: end.refusals }
}

type Refused = Refusal[] | null

/** The operator's word: the plan is shown and agreed to. Gives what it was refused with. */
export function placeOrder(lab: Lab, order: LabOrder): Promise<Refused> {
  return order.kind === 'install' ? orderInstall(lab, order) : orderReprovision(lab, order)
}

async function orderInstall(lab: Lab, order: LabOrder): Promise<Refused> {
  const answer = await lab.api<{ refusals?: Refusal[] }>('POST', '/api/install', { machine: benchMac, name: 'lab', role: order.role ?? 'worker', os: 'lab-two', wipe: order.wipe ?? [] }, [200, 201, 409])
  return answer.status === 409 ? answer.body.refusals ?? [] : null
}

async function orderReprovision(lab: Lab, order: LabOrder): Promise<Refused> {
  const wish = { machine: benchMac, ...order.role === undefined ? {} : { role: order.role }, os: 'lab-two', accept: order.accept ?? [], wipe: order.wipe ?? [] }
  const { body: answer } = await lab.api<PlanAnswer>('POST', '/api/plan', { ...wish, order: 'reprovision' })
  if (answer.kind === 'refused') return answer.refusals
  const ordered = await lab.api<{ refusals?: Refusal[] }>('POST', '/api/reprovision', { ...wish, name: 'lab', shown: answer.digest }, [200, 201, 409])
  return ordered.status === 409 ? ordered.body.refusals ?? [] : null
}

/** The new plan is shown, and agreed to. */
export async function retry(lab: Lab, order: LabOrder): Promise<Refused> {
  const added = { accept: order.accept ?? [], wipe: order.wipe ?? [] }
  const { body: answer } = await lab.api<PlanAnswer>('POST', '/api/plan', { machine: benchMac, order: order.kind, retry: true, ...added })
  if (answer.kind === 'refused') return answer.refusals
  const retried = await lab.api<{ refusals?: Refusal[] }>('POST', `/api/machines/${benchMac}/retry`, { ...added, shown: answer.digest }, [200, 201, 409])
  return retried.status === 409 ? retried.body.refusals ?? [] : null
}

async function judge(lab: Lab, ended: Ending & { scenario: Scenario, attempt: Attempt }): Promise<ScenarioResult> {
  const { scenario, attempt: { end, refusals } } = ended
  const why = lastFailure(end)
  const touched = ['rebooted', 'cut', 'other'].includes(end.outcome) || (end.outcome === 'stopped' && !/nothing was touched/.test(why))
  const judged = await judgeDone(lab, { ...ended, done: end.outcome === 'rebooted', untouched: !touched, ...scenario.check === undefined ? {} : { check: scenario.check }, ...scenario.replayed === undefined ? {} : { replayed: scenario.replayed } })
  return { outcome: outcomeText(end), problems: [...judgeOutcome(scenario, end), ...judged.problems], bytesLost: judged.bytesLost, refusals }
}

function outcomeText(end: BootEnd): string {
  if (end.outcome === 'rebooted') return 'done'
  if (end.outcome === 'refused') return `refused: ${codesOf(end.refusals)}`
  return end.outcome === 'stopped' ? 'stopped' : end.outcome
}

function codesOf(refusals: readonly Refusal[]): string {
  return [...new Set(refusals.map(refusal => refusal.code))].toSorted().join(', ')
}

function judgeOutcome({ expect }: Scenario, end: BootEnd): string[] {
  const told = `\n${end.log.slice(-3000)}\n${end.refusals.map(({ code, because, nextStep }) => `${code}: ${because} Next: ${nextStep}`).join('\n')}`
  const why = lastFailure(end)
  const otherwise = (wanted: string) => [`it was to be ${wanted}, and ended with ${outcomeText(end)}: ${why}${told}`]
  if (expect.outcome === 'any') return end.outcome === 'rebooted' || (end.outcome === 'stopped' && why !== '') ? [] : otherwise('done, or to stop with a reason')
  if (expect.outcome === 'done') return end.outcome === 'rebooted' ? [] : otherwise('done')
  if (expect.outcome === 'not-booted') return end.outcome === 'none' && expect.because.test(end.log) ? [] : otherwise('given no RAM disk')
  if (expect.outcome === 'refused-or-stopped') return end.outcome === 'refused' || (end.outcome === 'stopped' && /nothing was touched/.test(why)) ? [] : otherwise('refused, or to stop before the first write')
  if (expect.outcome === 'refused') {
    if (end.outcome !== 'refused' || codesOf(end.refusals) !== expect.codes.toSorted().join(', ')) return otherwise(`refused with ${expect.codes.toSorted().join(', ')}`)
    return end.refusals.filter(({ because, nextStep }) => because.trim() === '' || nextStep.trim() === '').map(({ code }) => `the refusal ${code} does not say what was seen, or what to do`)
  }
  if (end.outcome !== 'stopped' || !expect.because.test(why)) return otherwise(`stopped with ${expect.because}`)
  return /nothing was touched/.test(why) === expect.untouched ? [] : [`it was to ${expect.untouched ? 'stop before the first write' : 'say what was touched'}, and says: ${why}`]
}

function lastFailure(end: BootEnd): string {
  return end.log.split('\n').findLast(line => /^labctl: failed:? /.test(line)) ?? ''
}
