// Disks that fail, hang or are full in the midst of an installation, on real LVM over device-mapper: the order fails with the reason, nothing hangs, and what labctl says of it. The rest of them: npm run test:volumes -- --only '^(fails|hangs|full)-'.
import t, { type Test } from 'tap'
import { benchMac } from '../volumes/bench/bench.ts'
import type { Lab } from '../volumes/lab.ts'
import { runAll } from '../volumes/run-all.ts'
import { runScenario } from '../volumes/run-scenario.ts'
import { failingScenarios } from '../volumes/scenarios/failing-disks.ts'

/** What an operator reads; each also has the next step. */
const told: Record<string, RegExp> = {
  'fails-in-partitioning': /stopped while preparing the disks: writing the partition table of .*Input\/output error/,
  'fails-later-in-image': /stopped while \S.*(Input\/output error|Read-only file system)/,
  'hangs-in-partitioning': /still not done after 60 s; a disk does not answer any more: switch the machine off before another attempt/,
  'hangs-at-the-end': /stopped while finishing: writing everything to the disk: it has got nowhere for 10 s; a disk does not answer any more/,
  'full-var': /stopped while writing the new system: there is no room for the root image: full is \/var \(1\d\d MiB\); make it larger in the layout/,
}

async function tellsOperator(t: Test, lab: Lab, id: string, reason: RegExp): Promise<void> {
  const { stdout: described, exitCode } = await lab.rehearsal.labctl(['provision', 'describe', benchMac])
  t.equal(exitCode, 0)
  t.match(described.replaceAll(/\s+/g, ' '), reason, `${id}: describe has the reason`)
  t.match(described, /labctl provision logs lab; labctl provision retry lab/)
  const watched = await lab.rehearsal.labctl(['provision', 'watch', benchMac])
  t.equal(watched.exitCode, 1, `${id}: watch ends with 1`)
  t.match(watched.stderr.replaceAll(/\s+/g, ' '), reason)
  const { stdout: log } = await lab.rehearsal.labctl(['provision', 'logs', benchMac])
  t.match(log, /labctl: failed: stopped while (.|\n)*The kernel said last:/, `${id}: the log goes on to what the kernel said`)
}

t.test('a disk that fails, hangs or is full ends the attempt with the reason, on the machine and for the operator', { timeout: 2_400_000 }, async t => {
  const scenarios = failingScenarios.filter(({ id }) => id in told)
  t.equal(scenarios.length, Object.keys(told).length)
  await runAll(scenarios.map(scenario => ({
    id: scenario.id, title: scenario.title, run: async (lab, machines) => {
      const result = await runScenario(lab, machines, scenario)
      if (result.problems.length === 0) await tellsOperator(t, lab, scenario.id, told[scenario.id]!)
      return result
    },
  })), 2, ({ id, title, result, seconds }) => { t.same(result.problems, [], `${id}: ${title} (${result.outcome}, ${seconds.toFixed(1)} s)`) })
})
