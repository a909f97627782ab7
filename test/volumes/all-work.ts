// Everything that `npm run test:volumes` does.
import { writtenScenarios } from './all-scenarios.ts'
import { emptyMachine, worker } from './machines.ts'
import { chooseMoments, runCut, traceOrder, type CutSeries, type Moment } from './power-cut.ts'
import { scenarioWork, type Work } from './run-all.ts'

/** The power cuts: many into a reprovision, some into an install. */
export const cutSeries: readonly CutSeries[] = [
  { id: 'cut', machine: worker, order: { kind: 'reprovision' }, moments: 44 },
  { id: 'cut-install', machine: emptyMachine, order: { kind: 'install', wipe: [] }, moments: 8 },
]

/** The cuts of a series as work; what to cut into is looked at once. */
export function cutWork(series: CutSeries, moments = series.moments): Work[] {
  let chosen: Promise<Moment[]> | null = null
  return Array.from({ length: moments }, (_, index): Work => ({
    id: `${series.id}-${String(index + 1).padStart(2, '0')}`, title: `The power fails in ${series.order.kind === 'install' ? 'an install' : 'a reprovision'}; the next attempt completes`,
    async run(lab, machines) {
      chosen ??= traceOrder(lab, machines, series).then(trace => chooseMoments(trace, moments))
      const moment = (await chosen)[index]
      if (moment === undefined) return { outcome: 'no such moment', problems: ['the order has fewer moments than that'], bytesLost: 0, refusals: [] }
      const result = await runCut(lab, machines, series, moment)
      const where = typeof moment.when === 'number' ? `${moment.when} ms into` : moment.when
      return { ...result, outcome: `cut ${where} ${moment.program}: ${result.outcome}` }
    },
  }))
}

/** See the file's first line. */
export function allWork(): Work[] {
  return [...writtenScenarios.map(scenarioWork), ...cutSeries.flatMap(series => cutWork(series))]
}
