// Runs scenarios on several labs at once, each from the one queue.
import { Lab } from './lab.ts'
import { MadeMachines } from './make-machine.ts'
import { runScenario, type ScenarioResult } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'

/** What is told of each. */
export interface Told { id: string, title: string, result: ScenarioResult, seconds: number }

/** One piece of work for a lab: a scenario, or a series of power cuts. */
export interface Work { id: string, title: string, run: (lab: Lab, machines: MadeMachines) => Promise<ScenarioResult> }

/** A scenario as work. */
export function scenarioWork(scenario: Scenario): Work {
  return { id: scenario.id, title: scenario.title, run: (lab, machines) => runScenario(lab, machines, scenario) }
}

/** Runs them all; `tell` is called as each ends. A lab that a scenario left unusable is replaced, and where the lab itself broke, without a verdict, its work is done once more: a verdict is never asked for twice. */
export async function runAll(work: readonly Work[], labs: number, tell: (told: Told) => void): Promise<void> {
  const machines = new MadeMachines()
  const queue = [...work]
  const broken = new Set<string>()
  const worker = async (number: number) => {
    let lab: Lab | null = null
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const begun = Date.now()
      let result: ScenarioResult
      try {
        lab ??= await Lab.open(undefined, number)
        result = await next.run(lab, machines)
      } catch (error) {
        result = { outcome: 'error', problems: [error instanceof Error ? error.stack ?? error.message : String(error)], bytesLost: 0, refusals: [] }
        await lab?.cut().catch(() => undefined)
        if (!broken.has(next.id)) {
          broken.add(next.id)
          console.log(`       ${next.id}: the lab broke, and is asked once more: ${result.problems[0]!.split('\n')[0]}`)
          queue.unshift(next)
          continue
        }
      }
      tell({ id: next.id, title: next.title, result, seconds: (Date.now() - begun) / 1000 })
    }
    return lab
  }
  // Closed together: the machines that one has made are in its folder.
  const opened = await Promise.all(Array.from({ length: Math.min(labs, work.length) }, (_, number) => worker(number)))
  for (const lab of opened) await lab?.close()
}
