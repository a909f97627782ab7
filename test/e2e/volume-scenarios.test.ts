// The most telling scenarios of the volume lab, and two power cuts; `npm run test:volumes` runs all of them.
import t from 'tap'
import { allScenarios } from '../volumes/all-scenarios.ts'
import { cutSeries, cutWork } from '../volumes/all-work.ts'
import { runAll, scenarioWork } from '../volumes/run-all.ts'

t.test('reprovisions and installs do what the plan says, or are refused, and no byte that is to be kept changes', { timeout: 900_000 }, async t => {
  const telling = allScenarios.filter(scenario => scenario.telling === true)
  t.ok(telling.length >= 10 && telling.length <= 16, `${telling.length} scenarios`)
  // One into a mkfs, one into the unpacking of the image.
  const cuts = cutWork(cutSeries.find(series => series.id === 'cut')!).filter(({ id }) => id === 'cut-17' || id === 'cut-24')
  let told = 0
  await runAll([...telling.map(scenarioWork), ...cuts], 2, ({ id, title, result, seconds }) => {
    told += 1
    t.same(result.problems, [], `${id}: ${title} (${result.outcome}, ${seconds.toFixed(1)} s)`)
    t.equal(result.bytesLost, 0, `${id}: 0 bytes lost`)
  })
  t.equal(told, telling.length + 2)
})
