// Every scenario, in the order of the table in docs/reprovisioning.md.
import type { Scenario } from './scenario.ts'
import { adoptScenarios } from './scenarios/adopt.ts'
import { adoptedScenarios } from './scenarios/adopted.ts'
import { bystanderScenarios } from './scenarios/bystanders.ts'
import { carryOverScenarios } from './scenarios/carry-over.ts'
import { diskScenarios } from './scenarios/disks.ts'
import { failingScenarios } from './scenarios/failing-disks.ts'
import { filesystemScenarios } from './scenarios/filesystems.ts'
import { foreignScenarios } from './scenarios/foreign.ts'
import { moreInstallScenarios } from './scenarios/install.ts'
import { installScenarios } from './scenarios/installs.ts'
import { layoutScenarios } from './scenarios/layout.ts'
import { lvmScenarios } from './scenarios/lvm.ts'
import { nameScenarios } from './scenarios/names.ts'
import { oddDiskScenarios } from './scenarios/odd-disks.ts'
import { partitionScenarios } from './scenarios/partitions.ts'
import { volumeScenarios } from './scenarios/volumes.ts'
import { workerScenarios } from './scenarios/worker.ts'
import { unproven } from './unproven.ts'

/** Every one that is written. */
export const writtenScenarios: readonly Scenario[] = [
  ...workerScenarios, ...layoutScenarios, ...volumeScenarios, ...filesystemScenarios, ...lvmScenarios, ...partitionScenarios,
  ...diskScenarios, ...oddDiskScenarios, ...failingScenarios, ...bystanderScenarios, ...foreignScenarios, ...nameScenarios,
  ...adoptedScenarios, ...adoptScenarios, ...carryOverScenarios, ...installScenarios, ...moreInstallScenarios,
]

/** See the file's first line. */
export const allScenarios: readonly Scenario[] = writtenScenarios.filter(({ id }) => !unproven.includes(id))
