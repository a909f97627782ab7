// Everything that `npm run test:volumes` does.
import { allScenarios } from './all-scenarios.ts'
import { scenarioWork, type Work } from './run-all.ts'

/** See the file's first line. */
export function allWork(): Work[] {
  return allScenarios.map(scenarioWork)
}
