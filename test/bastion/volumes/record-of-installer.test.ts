import { randomUUID } from 'node:crypto'
import t from 'tap'
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import { recordOfInstaller } from '../../../bastion/volumes/record-of-installer.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import { planStorage } from '../../../bastion/volumes/plan-storage.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { factsAfter, inventLvmUuid } from '../../lib/facts-after.ts'
import { planOf } from '../install/steps-of.ts'
import { diskOf, factsOf } from './facts-of.ts'

const layout = defaultLayouts.worker!
const identity = { machineId: '019a0000-0000-7000-8000-000000000001', seed: '32345678-1234-4234-8234-123456789abc' }

/** The facts after an installer that follows a plan and chooses every UUID itself. */
function installed(plan: StoragePlan, before: Facts): Facts {
  const facts = factsAfter(plan, before)
  for (const disk of facts.disks.filter(({ byId }) => plan.disks.some(planned => planned.action === 'wipe' && byId.includes(planned.byId)))) {
    if (disk.table !== null) disk.table.uuid = randomUUID()
    for (const partition of disk.partitions) {
      partition.partUuid = randomUUID()
      if (partition.signature?.uuid != null && partition.signature.type !== 'LVM2_member') partition.signature.uuid = randomUUID()
    }
  }
  for (const volume of facts.lvm.physicalVolumes.filter(({ uuid }) => plan.groups.some(group => group.action === 'create' && group.physicalVolumes.some(made => made.uuid === uuid)))) {
    const uuid = inventLvmUuid(randomUUID())
    for (const partition of facts.disks.flatMap(({ partitions }) => partitions)) if (partition.signature?.uuid === volume.uuid) partition.signature.uuid = uuid
    volume.uuid = uuid
  }
  for (const volume of facts.lvm.logicalVolumes) {
    const planned = plan.volumes.find(each => each.group === volume.group && each.name === volume.name)
    if (planned !== undefined && planned.action !== 'keep' && volume.signature !== null) volume.signature.uuid = randomUUID()
  }
  return facts
}

for (const firmware of ['bios', 'uefi'] as const) {
  t.test(`after an installation by Anaconda the machine can be reprovisioned, and again: ${firmware}`, t => {
    const empty = factsOf([diskOf('sda')], { firmware })
    const plan = planOf({ layout, facts: empty })
    const facts = installed(plan, empty)
    const first = recordOfInstaller({ planned: recordOfPlan(plan, empty, null), facts, layout })
    if (first.kind === 'refused') throw new Error(JSON.stringify(first.refusals))
    t.ok(first.record.volumes.every(volume => volume.uuid !== null && volume.origin === 'planned'))
    t.strictSame(first.record.volumes.map(({ name, keep }) => [name, keep]), plan.volumes.map(({ name, keep }) => [name, keep]))

    const again = planStorage({ layout, facts, record: first.record, identity, order: { kind: 'reprovision', accept: [], wipe: [] }, carryOver: { paths: ['/etc/ssh/ssh_host_*'], mostMib: 16 } })
    if (again.kind === 'refused') throw new Error(JSON.stringify(again.refusals))
    t.strictSame(again.plan.volumes.map(({ action, keep }) => action === 'keep' === keep), again.plan.volumes.map(() => true), 'what is to be kept is kept')
    const after = installed(again.plan, facts)
    const second = recordOfInstaller({ planned: recordOfPlan(again.plan, facts, first.record), facts: after, layout })
    if (second.kind === 'refused') throw new Error(JSON.stringify(second.refusals))
    t.strictSame(second.record.volumes.map(({ uuid }) => uuid), first.record.volumes.map(({ uuid }) => uuid))
    t.equal(planStorage({ layout, facts: after, record: second.record, identity, order: { kind: 'reprovision', accept: [], wipe: [] }, carryOver: null }).kind, 'plan')
    t.end()
  })
}

t.test('a report that is not what was planned is not recorded', t => {
  const empty = factsOf([diskOf('sda')], { firmware: 'uefi' })
  const plan = planOf({ layout, facts: empty })
  const planned = recordOfPlan(plan, empty, null)
  const codes = (change: (facts: Facts) => void) => {
    const facts = installed(plan, empty)
    change(facts)
    const decision = recordOfInstaller({ planned, facts, layout })
    return decision.kind === 'refused' ? decision.refusals.map(({ code }) => code) : ['recorded']
  }
  t.strictSame(codes(() => {}), ['recorded'])
  t.strictSame(codes(facts => { facts.lvm.logicalVolumes.find(({ name }) => name !== 'root')!.tags = [] }), ['installed-otherwise'], 'a volume without its tag')
  t.not(codes(facts => { for (const volume of facts.lvm.logicalVolumes) volume.tags = [] })[0], undefined)
  t.ok(codes(facts => { facts.disks[0]!.byId = ['ata-another'] }).includes('installed-otherwise'), 'another disk')
  t.notSame(codes(facts => { facts.lvm.logicalVolumes.find(({ name }) => name === 'root')!.tags.push(`labctl.${planned.machineId}._other`) }), ['recorded'], 'two tags')
  t.end()
})

t.test('a foreign partition is not taken for one of ours that is still there', t => {
  const empty = factsOf([diskOf('sda')], { firmware: 'uefi' })
  const plan = planOf({ layout, facts: empty })
  const facts = installed(plan, empty)
  const first = recordOfInstaller({ planned: recordOfPlan(plan, empty, null), facts, layout })
  if (first.kind === 'refused') throw new Error(JSON.stringify(first.refusals))
  // What was recorded as /boot is still there, and by type another partition would be taken for it.
  const planned = structuredClone(first.record)
  const [boot, esp] = (['boot', 'esp'] as const).map(role => planned.disks[0]!.partitions.find(partition => partition.role === role)!) as [typeof planned.disks[0]['partitions'][0], typeof planned.disks[0]['partitions'][0]]
  boot.partUuid = esp.partUuid
  const decision = recordOfInstaller({ planned, facts, layout })
  t.match(decision, { kind: 'refused', refusals: [{ code: 'installed-otherwise', because: /was to stay the boot partition/ }] })
  t.end()
})
