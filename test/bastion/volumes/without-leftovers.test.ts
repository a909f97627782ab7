import t from 'tap'
import type { Facts } from '../../../protocol/facts.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { judgePlanChange } from '../../../bastion/volumes/judge-plan-change.ts'
import { learnRecord } from '../../../bastion/volumes/learn-record.ts'
import { planStorage, type StorageQuestion } from '../../../bastion/volumes/plan-storage.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import { readyTag } from '../../../bastion/volumes/volume-tag.ts'
import { withoutLeftovers } from '../../../bastion/volumes/without-leftovers.ts'
import { factsAfter, writeSteps } from '../../lib/facts-after.ts'
import { keepingLayout } from '../../lib/installed-machine.ts'
import { sampleFacts } from '../../lib/sample-facts.ts'

const machineId = '5e9b7a10-0000-4000-8000-00000000000a'
let seeds = 0
const plan = (facts: Facts, more: Pick<StorageQuestion, 'order'> & Partial<StorageQuestion>): StoragePlan => {
  seeds += 1
  const decision = planStorage({ layout: keepingLayout, facts, identity: { machineId, seed: `5e9b7a10-0000-4000-8000-0000000${String(seeds).padStart(5, '0')}` }, ...more })
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals))
  return decision.plan
}

t.test('an install that was cut anywhere is begun again with the plan that was shown before', async t => {
  const facts = sampleFacts()
  const shown = plan(facts, { order: { kind: 'install', wipe: [] } })
  const first = plan(facts, { order: { kind: 'install', wipe: [] } })
  const steps = writeSteps(first)
  let news = 0
  for (let done = 0; done < steps.length; done += 1) {
    const cut = factsAfter(first, facts, steps.slice(0, done))
    const order = { kind: 'install' as const, wipe: [], earlier: [first] }
    news += judgePlanChange(shown, plan(cut, { order })).length
    t.same(judgePlanChange(shown, plan(withoutLeftovers(cut, shown, [first]), { order })), [], `after ${steps[done - 1]?.name ?? 'nothing'}`)
  }
  t.ok(news > 0, 'without that it would be news')
  const finished = factsAfter(first, facts)
  t.same(withoutLeftovers(finished, shown, [first]), finished, 'what was finished is no leftover')
  t.same(withoutLeftovers(factsAfter(first, facts, steps.slice(0, 3)), shown, []).disks[0]!.partitions.length, 4, 'nor is what no attempt of this order made')
})

t.test('a reprovision that was cut anywhere goes on with the plan that was shown before, also while it creates a volume', async t => {
  const install = plan(sampleFacts(), { order: { kind: 'install', wipe: [] } })
  const healthy = factsAfter(install, sampleFacts())
  const record = learnRecord(recordOfPlan(install, sampleFacts(), null), healthy)
  const facts = structuredClone(healthy)
  const lost = facts.lvm.logicalVolumes.find(volume => volume.name === 'srv')!
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(volume => volume !== lost)
  for (const place of [...facts.lvm.volumeGroups, ...facts.lvm.physicalVolumes]) place.freeBytes += lost.sizeBytes
  const order = { kind: 'reprovision' as const, wipe: [], accept: ['lost-volume=srv'] }
  const shown = plan(facts, { order, record })
  const first = plan(facts, { order, record })
  const during = recordOfPlan(first, facts, record)
  const steps = writeSteps(first)
  for (let done = 0; done < steps.length; done += 1) {
    const cut = factsAfter(first, facts, steps.slice(0, done))
    const now = plan(cut, { order, record: during })
    const changes = judgePlanChange(shown, now)
    const left = changes.length === 0 ? [] : judgePlanChange(shown, plan(withoutLeftovers(cut, shown, [first]), { order, record: during }))
    t.same(left, [], `after ${steps[done - 1]?.name ?? 'nothing'}`)
  }
})

t.test('a volume to keep that was finished stays, and so does a namesake without our tag', async t => {
  const install = plan(sampleFacts(), { order: { kind: 'install', wipe: [] } })
  const facts = factsAfter(install, sampleFacts())
  const shown = { ...install, volumes: install.volumes.map(volume => ({ ...volume, action: 'create' as const })) }
  const home = facts.lvm.logicalVolumes.find(volume => volume.name === 'home')!
  const srv = facts.lvm.logicalVolumes.find(volume => volume.name === 'srv')!
  t.ok(home.tags.includes(readyTag))
  srv.tags = []
  t.same(withoutLeftovers(facts, shown, []), facts, 'where the install came to its end, everything stays')
  facts.lvm.volumeGroups[0]!.tags = []
  t.match(withoutLeftovers(facts, shown, []).lvm.logicalVolumes.map(volume => volume.name), ['home', 'srv'], 'only / may go')
})
