import * as fc from 'fast-check'
import t from 'tap'
import { Value } from 'typebox/value'
import { learnRecord } from '../../../bastion/volumes/learn-record.ts'
import { planDigest } from '../../../bastion/volumes/plan-digest.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout, VolumeWanted } from '../../../protocol/layout.ts'
import { StoragePlanSchema, type StoragePlan } from '../../../protocol/storage-plan.ts'
import { StorageRecordSchema, type StorageRecord } from '../../../protocol/storage-record.ts'
import { factsAfter, writeSteps } from '../../lib/facts-after.ts'
import { diskOf, factsOf, GiB, partitionOf } from './facts-of.ts'
import { ask, codesOf, installed, planOf, seed } from './reprovision-of.ts'

const mounts = ['/var', '/home', '/srv', '/var/lib/longhorn', '/var/lib/rancher', '/opt', '/var/log', '/data.d/x', 'swap']
const volumes = (chosen: readonly string[]): fc.Arbitrary<VolumeWanted[]> => fc.tuple(...chosen.map((mount, index) => fc.record({ mib: fc.integer({ min: 300, max: 1500 }), keep: fc.boolean(), xfs: fc.boolean() })
  .map(({ mib, keep, xfs }): VolumeWanted => ({ name: `v${index}`, mount, filesystem: mount === 'swap' ? 'swap' : xfs ? 'xfs' : 'ext4', sizeMib: mib, keep: keep && mount !== '/' }))))
const layouts: fc.Arbitrary<Layout> = fc.record({ chosen: fc.subarray(mounts), onData: fc.subarray(['/data/a', '/data/b']) }).chain(({ chosen, onData }) =>
  fc.record({ volumes: volumes(['/', ...chosen]), data: volumes(onData) }).map(({ volumes, data }): Layout => ({
    disk: { pick: 'only', id: 'SER-sda' }, group: 'vg0', bootMib: 512, espMib: 512, volumes, ...data.length === 0 ? {} : { data: [{ disk: { pick: 'only', id: 'SER-sdb' }, group: 'bulk', volumes: data }] },
  })))
/** A layout, the layout that it became, and how far an attempt came. */
const histories = fc.record({ before: layouts, more: fc.subarray(['/new', '/srv/new']), without: fc.nat(), cut: fc.nat(), second: fc.nat(), adopted: fc.boolean(), newDisk: fc.boolean() })

const disks = (): Facts => factsOf([diskOf('sda', { sizeBytes: 64 * GiB }), diskOf('sdb'), diskOf('sdd'), diskOf('sdc', { table: { type: 'gpt', uuid: 'c' }, partitions: [partitionOf('sdc1', 1, { partUuid: 'c-1', signature: { type: 'ext4', uuid: 'c-fs', label: null } })] })])

/** The layout with volumes that are new, and one left out. */
function grown(layout: Layout, more: readonly string[], without: number, newDisk = false): Layout {
  const leave = without % (layout.volumes.length + 1)
  const kept = layout.volumes.filter((volume, index) => index !== leave || volume.mount === '/')
  const data: Layout['data'] = newDisk ? [{ disk: { pick: 'only', id: 'SER-sdd' }, group: 'fresh', volumes: [{ name: 'f', mount: '/fresh', filesystem: 'xfs', sizeMib: 'rest', keep: true }] }] : []
  return { ...layout, data: [...layout.data ?? [], ...data], volumes: [...kept, ...more.filter(mount => !kept.some(volume => volume.mount === mount)).map((mount, index): VolumeWanted => ({ name: `n${index}`, mount, filesystem: 'ext4', sizeMib: 400, keep: true }))] }
}
/** What a plan means for the machine in the end, whatever was there when it was made. */
const outcome = (plan: StoragePlan): unknown => plan.volumes.map(volume => [volume.group, volume.mount, volume.filesystem, volume.keep, volume.extents])
const keptData = (plan: StoragePlan): string[] => plan.kept.map(volume => `${volume.uuid} ${volume.filesystemUuid}`)

t.test('a power cut at any point, twice, and the retry comes to the same end with everything kept as it was', async t => {
  fc.assert(fc.property(histories, ({ before, more, without, cut, second, adopted, newDisk }) => {
    const machine = installed(disks(), before)
    const layout = grown(before, more, without, newDisk)
    const started: StorageRecord = adopted ? { ...machine.record, volumes: machine.record.volumes.map(volume => ({ ...volume, origin: 'adopted' as const })) } : machine.record
    if (adopted) for (const volume of machine.facts.lvm.logicalVolumes) volume.tags = []
    if (adopted) for (const group of machine.facts.lvm.volumeGroups) group.tags = []
    const accept = adopted ? [...more, '/fresh'].map(mount => `lost-folder=${mount}`) : []
    const given = { layout, accept }
    const first = planOf(ask({ ...given, facts: machine.facts, record: started }))
    const promised = keptData(first)
    let [facts, record, plan] = [machine.facts, started, first]
    for (const [attempt, at] of [cut, second].entries()) {
      record = recordOfPlan(plan, facts, record)
      if (!Value.Check(StorageRecordSchema, record)) throw new Error('not a record')
      const steps = writeSteps(plan)
      facts = factsAfter(plan, facts, steps.slice(0, at % (steps.length + 1)))
      // The bastion may or may not have heard of it.
      if (at % 2 === 0) record = learnRecord(record, facts)
      plan = planOf(ask({ ...given, facts, record, seed: seed(10 + attempt) }))
      if (!Value.Check(StoragePlanSchema, plan)) throw new Error('not a plan')
      if (JSON.stringify(outcome(plan)) !== JSON.stringify(outcome(first))) throw new Error('another outcome')
      const lost = promised.filter(each => !keptData(plan).includes(each))
      if (lost.length > 0) throw new Error(`no longer kept: ${lost.join(', ')}`)
    }
    record = recordOfPlan(plan, facts, record)
    const end = factsAfter(plan, facts)
    record = learnRecord(record, end)
    if (record.volumes.some(volume => volume.uuid === null)) throw new Error('not learned')
    const again = planOf(ask({ ...given, facts: end, record, seed: seed(30) }))
    if (again.volumes.some(volume => volume.action === 'create' || (volume.keep && volume.action !== 'keep'))) throw new Error('a finished machine has nothing to be made')
  }), { numRuns: 300 })
  t.pass('300 histories')
})

t.test('a whole reprovision that the bastion never heard the end of is known by its marks', async t => {
  fc.assert(fc.property(histories, ({ before, more, without, newDisk }) => {
    const machine = installed(disks(), before)
    const layout = grown(before, more, without, newDisk)
    const plan = planOf(ask({ layout, facts: machine.facts, record: machine.unlearned }))
    const record = recordOfPlan(plan, machine.facts, machine.unlearned)
    const facts = factsAfter(plan, machine.facts)
    const next = planOf(ask({ layout, facts, record, seed: seed(3) }))
    if (next.volumes.some(volume => (volume.keep ? 'keep' : 'reformat') !== volume.action)) throw new Error(JSON.stringify(next.volumes))
  }), { numRuns: 100 })
  t.pass('100 machines')
})

t.test('nothing that is kept is destroyed, everything that was seen is named once, and the same question has the same answer', async t => {
  fc.assert(fc.property(histories, ({ before, more, without }) => {
    const { facts, record } = installed(disks(), before)
    const layout = grown(before, more, without)
    const plan = planOf(ask({ layout, facts, record }))
    if (JSON.stringify(plan) !== JSON.stringify(planOf(ask({ layout, facts, record })))) throw new Error('another answer')
    if (planDigest(plan) !== planDigest(planOf(ask({ layout, facts, record, seed: seed(9) })))) throw new Error('the meaning hangs on the seed')
    const seen = [...facts.disks.flatMap(disk => [disk.byId[0]!, ...disk.partitions.map(partition => partition.partUuid!)]), ...facts.lvm.physicalVolumes.map(volume => volume.uuid), ...facts.lvm.volumeGroups.map(group => group.uuid), ...facts.lvm.logicalVolumes.map(volume => volume.uuid)]
    const named = plan.devices.flatMap(device => device.identity ?? [])
    if (JSON.stringify(seen.toSorted()) !== JSON.stringify(named.toSorted())) throw new Error(`named: ${named.join(' ')}`)
    const destroyed = new Set(plan.devices.filter(device => ['create', 'reformat', 'wipe'].includes(device.action)).map(device => device.identity))
    for (const kept of plan.kept) if (destroyed.has(kept.uuid) || plan.volumes.some(volume => volume.uuid === kept.uuid && volume.action !== 'keep')) throw new Error(`${kept.name} is kept and destroyed`)
    const staying = record.volumes.filter(volume => volume.keep || !layout.volumes.some(each => each.mount === volume.mount) && !layout.data?.some(data => data.volumes.some(each => each.mount === volume.mount)))
    for (const volume of staying) if (!plan.kept.some(kept => kept.uuid === volume.uuid)) throw new Error(`${volume.name} is not kept`)
    if (plan.disks.some(disk => disk.action !== 'reuse' || disk.newTableUuid !== null || disk.mayWipe)) throw new Error('a table is written')
    if (plan.volumes.some(volume => volume.action === 'reformat' && !record.volumes.some(recorded => recorded.uuid === volume.uuid && !recorded.keep))) throw new Error('something is formatted that was not recorded as to be formatted')
  }), { numRuns: 200 })
  t.pass('200 plans')
})

t.test('whatever single disk, PV, group or volume of ours is not seen, it is refused, heard of or not', async t => {
  fc.assert(fc.property(histories, fc.boolean(), ({ before, without }, learned) => {
    const machine = installed(disks(), before)
    const layout = grown(before, [], without)
    const record = learned ? machine.record : machine.unlearned
    const refused = (what: string, change: (facts: Facts) => void): void => {
      const facts = structuredClone(machine.facts)
      change(facts)
      if (codesOf(ask({ layout, facts, record })).length === 0) throw new Error(`planned without ${what}`)
    }
    for (const [index, disk] of machine.facts.disks.entries()) {
      refused(disk.name, facts => { facts.disks.splice(index, 1) })
      for (const [at] of disk.partitions.entries()) if (index < machine.plan.disks.length) refused(`partition ${at} of ${disk.name}`, facts => { facts.disks[index]!.partitions.splice(at, 1) })
    }
    for (const [index, volume] of machine.facts.lvm.physicalVolumes.entries()) refused(volume.uuid, facts => { facts.lvm.physicalVolumes.splice(index, 1) })
    for (const [index, group] of machine.facts.lvm.volumeGroups.entries()) {
      refused(group.name, facts => { facts.lvm.volumeGroups.splice(index, 1) })
      refused(`${group.name} as a whole`, facts => {
        facts.lvm.volumeGroups.splice(index, 1)
        facts.lvm.physicalVolumes = facts.lvm.physicalVolumes.filter(volume => volume.group !== group.name)
        facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(volume => volume.group !== group.name)
      })
    }
    for (const [index, volume] of machine.facts.lvm.logicalVolumes.entries()) {
      refused(volume.name, facts => { facts.lvm.logicalVolumes.splice(index, 1) })
      // As LVM tells it after an lvremove.
      refused(`${volume.name}, its extents free`, facts => {
        facts.lvm.logicalVolumes.splice(index, 1)
        facts.lvm.volumeGroups.find(group => group.name === volume.group)!.freeBytes += volume.sizeBytes
        facts.lvm.physicalVolumes.find(physical => physical.group === volume.group)!.freeBytes += volume.sizeBytes
      })
    }
  }), { numRuns: 60 })
  t.pass('60 machines')
})
