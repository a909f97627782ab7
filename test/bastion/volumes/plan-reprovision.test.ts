import t from 'tap'
import { Value } from 'typebox/value'
import { learnRecord } from '../../../bastion/volumes/learn-record.ts'
import { recordOfPlan } from '../../../bastion/volumes/record-of-plan.ts'
import { installedTag, readyTag } from '../../../bastion/volumes/volume-tag.ts'
import type { Facts, LogicalVolume } from '../../../protocol/facts.ts'
import type { Layout, VolumeWanted } from '../../../protocol/layout.ts'
import { StoragePlanSchema, type StoragePlan } from '../../../protocol/storage-plan.ts'
import { StorageRecordSchema, type StorageRecord } from '../../../protocol/storage-record.ts'
import { factsAfter, writeSteps } from '../../lib/facts-after.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from './facts-of.ts'
import { ask, codesOf, installed, planOf, seed, worker } from './reprovision-of.ts'

/** A finished worker with 20 GiB free in its group, and a disk of somebody else's beside it. */
function machine(layout: Layout = worker): { facts: Facts, record: StorageRecord, unlearned: StorageRecord } {
  const foreign = diskOf('sdb', { sizeBytes: 64 * GiB, table: { type: 'gpt', uuid: 'foreign' }, partitions: [partitionOf('sdb1', 1, { partUuid: 'foreign-1', signature: { type: 'LVM2_member', uuid: 'pv-x', label: null } })] })
  return installed(factsOf([diskOf('sda', { sizeBytes: 48 * GiB }), foreign], { physicalVolumes: [physicalVolumeOf('/dev/sdb1', 'data')], volumeGroups: [groupOf('data')], logicalVolumes: [volumeOf('data', 'pictures')] }), { ...layout, disk: { pick: 'smallest' } })
}
const roomy: Layout = { ...worker, volumes: worker.volumes.map(each => (each.name === 'longhorn' ? { ...each, sizeMib: 4096 } : each)) }
const volume = (facts: Facts, name: string): LogicalVolume => facts.lvm.logicalVolumes.find(each => each.name === name)!
const vg0 = (facts: Facts): Facts['lvm']['volumeGroups'][number] => facts.lvm.volumeGroups.find(each => each.name === 'vg0')!
function add(facts: Facts, more: Partial<LogicalVolume> & { name: string }): void {
  facts.lvm.logicalVolumes.push(volumeOf('vg0', more.name, { groupUuid: vg0(facts).uuid, ...more }))
  vg0(facts).freeBytes -= volume(facts, more.name).sizeBytes
  facts.lvm.physicalVolumes.find(each => each.group === 'vg0')!.freeBytes -= volume(facts, more.name).sizeBytes
}
const device = (plan: StoragePlan, name: string): [string, string] => {
  const { action, because } = plan.devices.find(each => each.name === name)!
  return [action, because]
}
const minio: VolumeWanted = { name: 'minio', mount: '/srv/minio', filesystem: 'xfs', sizeMib: 1024, keep: true }

t.test('a healthy machine gets its system made anew in place, and everything else stays', async t => {
  const { facts, record } = machine()
  t.ok(Value.Check(StorageRecordSchema, record))
  const plan = planOf(ask({ facts, record }))
  t.ok(Value.Check(StoragePlanSchema, plan))
  t.same(plan.volumes.map(({ name, action }) => [name, action]), [['root', 'reformat'], ['var', 'reformat'], ['home', 'keep'], ['srv', 'keep'], ['longhorn', 'keep']])
  t.ok(plan.volumes.every(each => each.uuid === volume(facts, each.name).uuid), 'a volume that is formatted stays the same volume')
  t.same(plan.disks.map(({ action, newTableUuid, planned }) => [action, newTableUuid, planned.map(each => `${each.role} ${each.action}`)]), [['reuse', null, ['bios-boot reuse', 'esp reuse', 'boot reformat', 'lvm reuse']]])
  t.same(plan.kept.map(({ mount }) => mount), ['/home', '/srv', '/var/lib/longhorn'])
  t.same([plan.groups.map(({ name, action, uuid }) => [name, action, uuid]), plan.expected.volumes.length, plan.expected.physicalVolumes.length], [[['vg0', 'reuse', vg0(facts).uuid]], 5, 1])
  t.same(plan.accepted, [])
})

t.test('file systems that are made get UUIDs that were never used, and kept ones keep theirs', async t => {
  const { facts, record } = machine()
  const plan = planOf(ask({ facts, record }))
  const before = new Set(record.volumes.flatMap(each => each.filesystemUuids))
  for (const each of plan.volumes) t.equal(before.has(each.filesystemUuid), each.action === 'keep', each.name)
  t.notOk(record.disks[0]!.partitions[2]!.filesystemUuids.includes(plan.disks[0]!.planned[2]!.filesystemUuid!), '/boot')
  t.ok(record.disks[0]!.partitions[1]!.filesystemUuids.includes(plan.disks[0]!.planned[1]!.filesystemUuid!), 'the ESP is used again')
})

t.test('what the layout does not know stays, with a sentence, wherever it lies and whatever it is', async t => {
  const { facts, record } = machine(roomy)
  add(facts, { name: 'vm-1', signature: { type: 'ext4', uuid: 'vm', label: null } })
  add(facts, { name: 'pool', segmentType: 'thin-pool', attributes: 'twi-------' })
  add(facts, { name: 'pvc--x', segmentType: 'raid1' })
  add(facts, { name: 'home-before', segmentType: 'snapshot', origin: 'home', attributes: 'swi---s---' })
  facts.disks[0]!.partitions.push(partitionOf('sda9', 9, { startBytes: facts.disks[0]!.sizeBytes - 2 ** 20, sizeBytes: 2 ** 19, partUuid: 'mine' }))
  const plan = planOf(ask({ facts, record, layout: roomy }))
  for (const name of ['vg0/vm-1', 'vg0/pool', 'vg0/pvc--x', 'vg0/home-before', 'ata-QEMU_HARDDISK_SER-sda-part9', 'ata-QEMU_HARDDISK_SER-sdb', 'ata-QEMU_HARDDISK_SER-sdb-part1', 'pv-x', 'data', 'data/pictures'].filter(each => each !== 'pv-x')) t.match(device(plan, name), ['keep', /\.$/], name)
  t.same(plan.kept.filter(each => each.mount === null).map(({ name }) => name), ['vm-1', 'pool', 'pvc--x', 'home-before'])
})

t.test('a volume that the layout dropped stays, is told so, and stays recorded', async t => {
  const { facts, record } = machine()
  const layout = { ...worker, volumes: worker.volumes.filter(each => each.name !== 'srv') }
  const plan = planOf(ask({ facts, record, layout }))
  t.match(device(plan, 'vg0/srv'), ['keep', /not in the layout any more/])
  t.match(plan.kept.find(each => each.name === 'srv'), { mount: null, filesystem: 'ext4' })
  t.ok(recordOfPlan(plan, facts, record).volumes.some(each => each.mount === '/srv' && each.uuid === volume(facts, 'srv').uuid))
  const odd = structuredClone(facts)
  volume(odd, 'srv').signature = null
  t.same(codesOf(ask({ facts: odd, record, layout })), ['filesystem-lost'], 'a kept volume that shows nothing is looked at first')
  t.same(planOf(ask({ facts: odd, record, layout, accept: ['changed-filesystem=srv'] })).kept.find(each => each.name === 'srv')!.filesystem, null)
})

t.test('what was recorded as kept stays kept when the layout changes its mind', async t => {
  const { facts, record } = machine()
  const layout = { ...worker, volumes: worker.volumes.map(each => ({ ...each, keep: false })) }
  t.same(planOf(ask({ facts, record, layout })).volumes.filter(each => each.action === 'keep').map(each => each.mount), ['/home', '/srv', '/var/lib/longhorn'])
})

t.test('what the layout keeps from now on is not formatted', async t => {
  const { facts, record } = machine()
  const layout = { ...worker, volumes: worker.volumes.map(each => (each.mount === '/var' ? { ...each, keep: true } : each)) }
  t.same(planOf(ask({ facts, record, layout })).volumes.find(each => each.mount === '/var')!.action, 'keep')
})

t.test('a kept volume keeps its size and file system, whatever the layout would make', async t => {
  const { facts, record } = machine()
  const layout = { ...worker, volumes: worker.volumes.map(each => (each.mount === '/home' ? { ...each, sizeMib: 300, filesystem: 'xfs' as const } : each)) }
  const home = planOf(ask({ facts, record, layout })).volumes.find(each => each.mount === '/home')!
  t.same([home.filesystem, home.extents, home.action], ['ext4', 512, 'keep'])
})

t.test('a volume is known by UUID and tag, not by its name', async t => {
  const { facts, record } = machine()
  volume(facts, 'srv').name = 'service'
  const plan = planOf(ask({ facts, record }))
  t.same([plan.volumes[3]!.name, plan.volumes[3]!.mount, plan.volumes[3]!.action], ['service', '/srv', 'keep'])
  t.equal(recordOfPlan(plan, facts, record).volumes.length, record.volumes.length)
})

t.test('a volume that is new in the layout is made in free space, and the folder it hides has to be empty', async t => {
  const { facts, record } = machine(roomy)
  const layout = { ...roomy, volumes: [...roomy.volumes, minio, { name: 'k3s', mount: '/var/lib/k3s', filesystem: 'ext4', sizeMib: 'rest', keep: true }, { name: 'tmp', mount: '/scratch', filesystem: 'ext4', sizeMib: 512, keep: false }] } satisfies Layout
  const plan = planOf(ask({ facts, record, layout }))
  t.same(plan.volumes.slice(5).map(({ name, action, uuid }) => [name, action, uuid]), [['minio', 'create', null], ['k3s', 'create', null], ['tmp', 'create', null]])
  t.equal(plan.volumes[6]!.extents, vg0(facts).freeBytes / vg0(facts).extentBytes - 256 - 128)
  t.equal(plan.groups[0]!.freeExtents, 0)
  t.same(plan.mustBeEmpty, [{ path: '/var/lib/k3s', group: 'vg0', volume: 'var' }], '/srv/minio lies in a kept volume, and /scratch is not kept')
  t.match(device(plan, 'vg0/k3s'), ['create', /unless the folder \/var\/lib\/k3s is empty/])
  const accepted = planOf(ask({ facts, record, layout, accept: ['lost-folder=/var/lib/k3s'] }))
  t.same([accepted.mustBeEmpty, accepted.accepted], [[], ['lost-folder=/var/lib/k3s']])
})

t.test('a lost volume that is given up is made anew, and recorded as new', async t => {
  const { facts, record } = machine()
  const { sizeBytes } = volume(facts, 'srv')
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each.name !== 'srv')
  vg0(facts).freeBytes += sizeBytes
  facts.lvm.physicalVolumes.find(each => each.group === 'vg0')!.freeBytes += sizeBytes
  const plan = planOf(ask({ facts, record, accept: ['lost-volume=srv'] }))
  t.same(plan.volumes[3]!.action, 'create')
  t.same(recordOfPlan(plan, facts, record).volumes.filter(each => each.mount === '/srv').map(each => each.uuid), [null])
  const layout = { ...worker, volumes: worker.volumes.filter(each => each.name !== 'srv') }
  t.notOk(recordOfPlan(planOf(ask({ facts, record, layout, accept: ['lost-volume=srv'] })), facts, record).volumes.some(each => each.mount === '/srv'), 'without a place in the layout it is forgotten')
})

t.test('a data disk with a group of its own is used again beside the system’s', async t => {
  const layout: Layout = { ...worker, disk: { pick: 'only', id: 'SER-sda' }, data: [{ disk: { pick: 'only', id: 'SER-sdc' }, group: 'bulk', volumes: [{ name: 'objects', mount: '/objects', filesystem: 'xfs', sizeMib: 'rest', keep: true }, { name: 'cache', mount: '/cache', filesystem: 'ext4', sizeMib: 1024, keep: false }] }] }
  const { facts, record } = installed(factsOf([diskOf('sda'), diskOf('sdc')]), layout)
  const plan = planOf(ask({ facts, record, layout }))
  t.same(plan.disks.map(({ role, action }) => [role, action]), [['system', 'reuse'], ['data', 'reuse']])
  t.same(plan.groups.map(({ name, action }) => [name, action]), [['vg0', 'reuse'], ['bulk', 'reuse']])
  t.same(plan.volumes.slice(5).map(({ group, name, action }) => [group, name, action]), [['bulk', 'objects', 'keep'], ['bulk', 'cache', 'reformat']])
  const without = planOf(ask({ facts, record, layout: { ...layout, data: [] } }))
  t.same(without.kept.filter(each => each.group === 'bulk').map(each => each.mount), [null, null], 'dropped from the layout, it stays')
  t.same(recordOfPlan(without, facts, record).groups.length, 2)
})

t.test('a data disk that is new in the layout is taken if it is empty, or was named to be wiped and nothing hangs on it', async t => {
  const { facts, record } = machine()
  const layout: Layout = { ...worker, data: [{ disk: { pick: 'only', maximumGib: 40 }, group: 'bulk', volumes: [{ ...minio, mount: '/var/lib/minio', sizeMib: 'rest' }] }] }
  facts.disks.push(diskOf('sdc'))
  const plan = planOf(ask({ facts, record, layout }))
  t.ok(Value.Check(StoragePlanSchema, plan))
  t.same(plan.disks.map(({ role, action, mayWipe, planned }) => [role, action, mayWipe, planned.map(each => each.action)]), [['system', 'reuse', false, ['reuse', 'reuse', 'reformat', 'reuse']], ['data', 'wipe', false, ['create']]])
  t.same(plan.groups.map(({ name, action }) => [name, action]), [['vg0', 'reuse'], ['bulk', 'create']])
  t.same(plan.mustBeEmpty, [{ path: '/var/lib/minio', group: 'vg0', volume: 'var' }])
  t.match(device(plan, 'ata-QEMU_HARDDISK_SER-sdc'), ['wipe', /new group of the layout; it holds nothing/])
  const made = recordOfPlan(plan, facts, record)
  t.same(made.disks.map(({ role }) => role), ['system', 'data'])

  const full = structuredClone(facts)
  Object.assign(full.disks.at(-1)!, { signature: { type: 'ext4', uuid: 'x', label: null } })
  t.same(codesOf(ask({ facts: full, record, layout })), ['disk-holds-data'])
  t.ok(planOf(ask({ facts: full, record, layout, wipe: ['SER-sdc'] })).disks[1]!.mayWipe)
  const grouped = structuredClone(facts)
  grouped.disks.at(-1)!.signature = { type: 'LVM2_member', uuid: 'pv-old', label: null }
  grouped.lvm.physicalVolumes.push(physicalVolumeOf('/dev/sdc', 'old', { uuid: 'pv-old', freeBytes: GiB }))
  grouped.lvm.volumeGroups.push(groupOf('old', { freeBytes: GiB }))
  t.same(codesOf(ask({ facts: grouped, record, layout, wipe: ['SER-sdc'] })), ['data-disk-new'])

  const steps = writeSteps(plan)
  const begun = factsAfter(plan, facts, steps.slice(0, steps.findIndex(step => step.name === 'pvcreate bulk') + 1))
  const again = planOf(ask({ facts: begun, record: made, layout, seed: seed(3) }))
  t.same([again.disks[1]!.action, again.disks[1]!.mayWipe], ['wipe', true], 'what an attempt left there may be begun anew')
  begun.disks.at(-1)!.partitions[0]!.signature = { type: 'ext4', uuid: 'mine', label: null }
  begun.lvm.physicalVolumes = begun.lvm.physicalVolumes.filter(each => each.device !== '/dev/sdc1')
  t.same(codesOf(ask({ facts: begun, record: made, layout, seed: seed(3) })), ['disk-holds-data'], 'something else is not')
})

t.test('a group of a data disk that was finished is never made anew, whether its report was heard or not', async t => {
  const { facts, record } = machine()
  const layout: Layout = { ...worker, data: [{ disk: { pick: 'only', maximumGib: 40 }, group: 'bulk', volumes: [{ ...minio, mount: '/var/lib/minio', sizeMib: 'rest' }] }] }
  facts.disks.push(diskOf('sdc'))
  const plan = planOf(ask({ facts, record, layout }))
  const [after, made] = [factsAfter(plan, facts), recordOfPlan(plan, facts, record)]
  t.same(planOf(ask({ facts: after, record: made, layout, seed: seed(3) })).volumes.at(-1)!.action, 'keep')
  const wiped = structuredClone(after)
  Object.assign(wiped.disks.at(-1)!, { table: null, partitions: [], signature: null })
  wiped.lvm.physicalVolumes = wiped.lvm.physicalVolumes.filter(each => each.group !== 'bulk')
  wiped.lvm.volumeGroups = wiped.lvm.volumeGroups.filter(each => each.name !== 'bulk')
  wiped.lvm.logicalVolumes = wiped.lvm.logicalVolumes.filter(each => each.group !== 'bulk')
  for (const known of [made, learnRecord(made, after)]) t.same(codesOf(ask({ facts: wiped, record: known, layout, seed: seed(3) })), ['table-changed', 'group-missing'])
})

t.test('a data disk that is new in the layout and on which something lies is refused', async t => {
  const { facts, record } = machine()
  t.same(codesOf(ask({ facts, record, layout: { ...worker, data: [{ disk: { pick: 'only' }, group: 'bulk', volumes: [minio] }] } })), ['data-disk-new'])
})

t.test('what is carried over lies on the first kept volume that is there, else in memory, and the plan says so', async t => {
  const { facts, record } = machine()
  const carryOver = { paths: ['/etc/ssh/ssh_host_*'], mostMib: 16 }
  const plan = planOf(ask({ facts, record, carryOver }))
  t.same(plan.carryOver, { ...carryOver, store: { group: 'vg0', name: 'home', mount: '/home' } })
  t.match(device(plan, 'vg0/root'), ['reformat', /lies on vg0\/home meanwhile/])
  t.equal(planOf(ask({ facts, record })).carryOver, null)
  const bare: Layout = { ...worker, volumes: worker.volumes.filter(each => !each.keep) }
  const other = machine(bare)
  const memory = planOf(ask({ ...other, layout: bare, carryOver }))
  t.equal(memory.carryOver!.store, null)
  t.match(device(memory, 'vg0/root'), ['reformat', /in memory meanwhile: a power cut would lose it/])
})

t.test('a disk that somebody added to the group by hand is used as it is, gets nothing new, and its loss is a refusal', async t => {
  const { facts, record } = machine(roomy)
  facts.disks.push(diskOf('sdq', { signature: { type: 'LVM2_member', uuid: 'pv-q', label: null } }))
  facts.lvm.physicalVolumes.push(physicalVolumeOf('/dev/sdq', 'vg0', { uuid: 'pv-q', sizeBytes: 30 * GiB, freeBytes: 30 * GiB }))
  vg0(facts).sizeBytes += 30 * GiB
  vg0(facts).freeBytes += 30 * GiB
  const plan = planOf(ask({ facts, record, layout: roomy }))
  t.same(plan.groups[0]!.physicalVolumes.map(({ disk, uuid }) => [disk === null, uuid === 'pv-q']), [[false, false], [true, true]])
  t.match(device(plan, 'ata-QEMU_HARDDISK_SER-sdq'), ['reuse', /not recorded/])
  t.same(codesOf(ask({ facts, record, layout: { ...roomy, volumes: [...roomy.volumes, { ...minio, sizeMib: 30_000 }] } })), ['not-enough-space'])
  t.notOk(recordOfPlan(plan, facts, record).groups[0]!.physicalVolumes.includes('pv-q'), 'it does not become ours')
  facts.lvm.physicalVolumes.find(each => each.uuid === 'pv-q')!.missing = true
  vg0(facts).partial = true
  t.same(codesOf(ask({ facts, record, layout: roomy })), ['group-partial'])
})

t.test('a volume that an earlier attempt made and never finished may be made anew; one that was finished may not, whatever marks are lost', async t => {
  const { facts, record } = machine(roomy)
  const layout = { ...roomy, volumes: [...roomy.volumes, minio] }
  const first = planOf(ask({ facts, record, layout }))
  const steps = writeSteps(first)
  const cut = factsAfter(first, facts, steps.slice(0, steps.findIndex(step => step.name === 'lvcreate minio') + 1))
  const retried = planOf(ask({ facts: cut, record: recordOfPlan(first, facts, record), layout, seed: seed(3) }))
  t.same(retried.volumes.at(-1), { ...retried.volumes.at(-1), action: 'reformat', keep: true, uuid: volume(cut, 'minio').uuid })
  t.match(device(retried, 'vg0/minio'), ['reformat', /cut before it held anything/])

  const whole = factsAfter(first, facts)
  const heard = learnRecord(recordOfPlan(first, facts, record), whole)
  for (const [what, known, change] of [
    ['the bastion knows', heard, () => { volume(whole, 'minio').tags = volume(whole, 'minio').tags.filter(tag => tag !== readyTag); vg0(whole).tags = [] }],
    ['only the group says so', recordOfPlan(first, facts, record), () => { vg0(whole).tags = [installedTag] }],
    ['only the volume says so', recordOfPlan(first, facts, record), () => { vg0(whole).tags = []; volume(whole, 'minio').tags.push(readyTag) }],
  ] as const) {
    change()
    t.equal(planOf(ask({ facts: whole, record: known, layout, seed: seed(4) })).volumes.at(-1)!.action, 'keep', what)
  }
})

t.test('file systems of earlier attempts are remembered, and the one on the disk longest', async t => {
  const { facts, record } = machine()
  let known = record
  for (let attempt = 0; attempt < 20; attempt += 1) known = recordOfPlan(planOf(ask({ facts, record: known, seed: seed(100 + attempt) })), facts, known)
  const root = known.volumes.find(each => each.mount === '/')!
  t.equal(root.filesystemUuids.length, 8)
  t.ok(root.filesystemUuids.includes(volume(facts, 'root').signature!.uuid!))
  t.same(codesOf(ask({ facts, record: known })), [])
})

t.test('sectors of 4096 bytes, NVMe namespaces and 200 volumes are no trouble', async t => {
  const wide = installed(factsOf([diskOf('nvme0n1', { logicalSectorBytes: 4096, serial: 'S', wwn: 'eui.1', byId: ['nvme-X_S_1', 'nvme-eui.1'] }), diskOf('nvme0n2', { serial: 'S', wwn: 'eui.2', sizeBytes: 64 * GiB, byId: ['nvme-X_S_2', 'nvme-eui.2'] })]))
  t.same(planOf(ask(wide)).disks[0]!.planned.map(each => each.startSector * 4096 / 2 ** 20), [1, 2, 514, 1538])
  const { facts, record } = machine(roomy)
  for (let index = 0; index < 200; index += 1) add(facts, { name: `pvc-${index}`, uuid: `lv-${index}`, sizeBytes: 4 * 2 ** 20 })
  t.equal(planOf(ask({ facts, record, layout: roomy })).kept.length, 203)
})

t.test('nothing is learned by name, from half-made volumes, or over what was known', async t => {
  const { facts, unlearned, record } = machine()
  const strange = structuredClone(facts)
  for (const each of strange.lvm.logicalVolumes) each.tags = []
  t.ok(learnRecord(unlearned, strange).volumes.every(each => each.uuid === null))
  const half = structuredClone(facts)
  for (const each of half.lvm.logicalVolumes) each.tags = each.tags.filter(tag => tag !== readyTag)
  t.ok(learnRecord(unlearned, half).volumes.every(each => each.uuid === null))
  const other = structuredClone(facts)
  for (const each of other.lvm.logicalVolumes) each.uuid = `other-${each.uuid}`
  other.lvm.volumeGroups[0]!.uuid = 'other'
  t.same(learnRecord(record, other), record)
  const moved = structuredClone(facts)
  moved.lvm.physicalVolumes.find(each => each.group === 'vg0')!.uuid = 'other'
  t.equal(learnRecord(unlearned, moved).groups[0]!.uuid, null)
})

t.test('what is carried over is put on the first kept volume that can be written', async t => {
  const machine = installed(factsOf([diskOf('sda')]))
  const store = (facts: Facts) => planOf(ask({ facts, record: machine.record, carryOver: { paths: ['/etc/ssh/ssh_host_*'], mostMib: 1 } })).carryOver!.store?.mount ?? null
  t.equal(store(machine.facts), '/home')
  for (const volume of machine.facts.lvm.logicalVolumes.filter(({ name }) => name === 'home')) volume.attributes = '-ri-------'
  t.equal(store(machine.facts), '/srv')
  for (const volume of machine.facts.lvm.logicalVolumes.filter(({ name }) => name === 'srv')) volume.attributes = 'owi-------'
  t.equal(store(machine.facts), '/var/lib/longhorn', 'nor the origin of a snapshot')
})
