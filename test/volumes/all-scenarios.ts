// Every scenario, in the order of the table in docs/reprovisioning.md.
import type { Scenario } from './scenario.ts'
import { workerScenarios } from './scenarios/worker.ts'

/** See the file's first line. */
export const allScenarios: readonly Scenario[] = [...workerScenarios]
