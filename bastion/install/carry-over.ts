import type { Config } from '../platform/config-schema.ts'

/** What outlives its volume, by the configuration: paths, and their most MiB together. */
export function carryOverOf({ install: { carryOver } }: Config): { paths: string[], mostMib: number } {
  return { paths: [...carryOver.paths, ...carryOver.machineId ? ['/etc/machine-id'] : []], mostMib: carryOver.mostMib }
}
