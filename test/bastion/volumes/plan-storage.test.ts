import t from 'tap'
import { Value } from 'typebox/value'
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import { planStorage, type StorageDecision } from '../../../bastion/volumes/plan-storage.ts'
import type { Disk, Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import { StoragePlanSchema, type StoragePlan } from '../../../protocol/storage-plan.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from './facts-of.ts'

const worker = defaultLayouts.worker!
const identity = { machineId: '019a0000-0000-7000-8000-000000000001', seed: '12345678-1234-4234-8234-123456789abc' }
const ask = (facts: Facts, wipe: string[] = [], layout: Layout = worker, earlier: StoragePlan[] = []): StorageDecision => planStorage({ layout, facts, order: { kind: 'install', wipe, earlier }, identity })
const planOf = (decision: StorageDecision): StoragePlan => {
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals))
  return decision.plan
}
const codesOf = (decision: StorageDecision): string[] => (decision.kind === 'plan' ? [] : decision.refusals.map(refusal => refusal.code))
const ext4 = { type: 'ext4', uuid: 'fs-1', label: 'data' }
const pv = { type: 'LVM2_member', uuid: 'pv-x', label: null }

t.test('an empty disk gets GPT with partitions for either firmware, LVM to the end, and the rest goes to the volume that asks for it', async t => {
  const plan = planOf(ask(factsOf([diskOf('sda')])))
  t.ok(Value.Check(StoragePlanSchema, plan))
  t.same(plan.disks[0]!.planned.map(({ role, startSector, endSector, sizeMib }) => [role, startSector, endSector, sizeMib]), [
    ['bios-boot', 2048, 4095, 1], ['esp', 4096, 1052671, 512], ['boot', 1052672, 3149823, 1024], ['lvm', 3149824, 67106815, 31229],
  ])
  t.same(plan.volumes.map(volume => [volume.name, volume.extents]), [['root', 2048], ['var', 2048], ['home', 512], ['srv', 512], ['longhorn', 2687]])
  t.equal(plan.groups[0]!.freeExtents, 0)
  t.equal(plan.disks[0]!.byId, 'ata-QEMU_HARDDISK_SER-sda')
  t.equal(plan.volumes.at(-1)!.tag, 'labctl.019a0000-0000-7000-8000-000000000001._var_lib_longhorn')
})

t.test('the same question has the same answer, another seed gives other UUIDs, and no UUID is used twice', async t => {
  const facts = factsOf([diskOf('sda')])
  t.same(ask(facts), ask(facts))
  const uuids = (plan: StoragePlan): (string | null)[] => [plan.disks[0]!.newTableUuid, plan.groups[0]!.physicalVolumes[0]!.uuid, ...plan.disks[0]!.planned.flatMap(partition => [partition.partUuid, partition.filesystemUuid]), ...plan.volumes.map(volume => volume.filesystemUuid)].filter(uuid => uuid !== null)
  const plan = planOf(ask(facts))
  t.equal(new Set(uuids(plan)).size, uuids(plan).length)
  const other = planOf(planStorage({ layout: worker, facts, order: { kind: 'install', wipe: [] }, identity: { ...identity, seed: '12345678-1234-4234-8234-123456789abd' } }))
  t.same(uuids(plan).filter(uuid => uuids(other).includes(uuid)), [])
})

t.test('sectors of 4096 bytes keep everything on whole MiB', async t => {
  const plan = planOf(ask(factsOf([diskOf('nvme0n1', { logicalSectorBytes: 4096 })])))
  t.same(plan.disks[0]!.planned.map(partition => partition.startSector * 4096 / 2 ** 20), [1, 2, 514, 1538])
})

t.test('the plan names everything that was seen, untouched things as kept, and everything that is made', async t => {
  const data = diskOf('sdb', { sizeBytes: 64 * GiB, partitions: [partitionOf('sdb1', 1, { signature: pv })] })
  const plan = planOf(ask(factsOf([diskOf('sda'), data], { physicalVolumes: [physicalVolumeOf('/dev/sdb1', 'data')], volumeGroups: [groupOf('data')], logicalVolumes: [volumeOf('data', 'srv')] })))
  t.same(plan.devices.filter(device => device.action === 'keep').map(device => `${device.kind} ${device.name}`), [
    'disk ata-QEMU_HARDDISK_SER-sdb', 'partition ata-QEMU_HARDDISK_SER-sdb-part1', 'physical-volume pv-/dev/sdb1', 'volume-group data', 'logical-volume data/srv',
  ])
  t.same(plan.devices.filter(device => device.action === 'create').length, 4 + 1 + 1 + worker.volumes.length)
  t.ok(plan.devices.every(device => device.because.endsWith('.')))
})

t.test('a disk that holds anything is refused with what it holds, and taken when --wipe names it by by-id, WWN or serial', async t => {
  const full = diskOf('sda', { wwn: '0x5000c500a1b2c3d4', table: { type: 'gpt', uuid: 'old' }, partitions: [partitionOf('sda1', 1, { signature: ext4 })] })
  const refused = ask(factsOf([full]))
  t.match(refused, { kind: 'refused', refusals: [{ code: 'disk-holds-data', because: /partition 1: ext4 "data"/, nextStep: /--wipe ata-QEMU_HARDDISK_SER-sda/ }] })
  for (const name of ['ata-QEMU_HARDDISK_SER-sda', '/dev/disk/by-id/ata-QEMU_HARDDISK_SER-sda', '0x5000C500A1B2C3D4', 'wwn-0x5000c500a1b2c3d4', 'SER-sda']) t.ok(planOf(ask(factsOf([full]), [name])).disks[0]!.mayWipe, name)
  t.same(codesOf(ask(factsOf([full]), ['sda'])), ['wipe-unknown-disk', 'disk-holds-data'], 'never by the kernel’s name')
  t.same(codesOf(ask(factsOf([diskOf('sda', { signature: ext4 })]))), ['disk-holds-data'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { table: { type: 'gpt', uuid: 'x' } })]))), [], 'an empty partition table is nothing')
})

t.test('no disk, a medium of 0 bytes, too small, read-only, removable, without identity: each refused by its own code', async t => {
  t.same(codesOf(ask(factsOf([]))), ['no-disk'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { sizeBytes: 0 })]))), ['no-disk'])
  t.match(ask(factsOf([diskOf('sda', { sizeBytes: 8 * GiB })])), { refusals: [{ code: 'disk-too-small', because: /needs a disk of 24.0 GiB; the largest is .* 8.0 GiB/ }] })
  t.same(codesOf(ask(factsOf([diskOf('sda', { readOnly: true }), diskOf('sdb', { removable: true }), diskOf('sdc', { serial: null, byId: [] })]))), ['disk-read-only', 'disk-removable', 'disk-no-identity'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { logicalSectorBytes: 520 })]))), ['disk-odd-sectors'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { transport: 'usb' }), diskOf('sdb', { sizeBytes: 64 * GiB })]))), [], 'a USB disk is not taken by chance')
  t.same(codesOf(ask(factsOf([diskOf('sda', { transport: 'usb' })]))), ['disk-removable'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { transport: 'usb' })]), [], { ...worker, disk: { pick: 'only', id: 'SER-sda' } })), [])
})

t.test('the disk is chosen by the rule alone; a tie is refused unless --wipe names one of the two', async t => {
  const [a, b, c] = [diskOf('sda', { sizeBytes: 64 * GiB }), diskOf('sdb', { sizeBytes: 64 * GiB }), diskOf('sdc', { sizeBytes: 100 * GiB })]
  t.same(codesOf(ask(factsOf([a, b, c]))), ['disk-tie'])
  t.equal(planOf(ask(factsOf([a, b, c]), ['SER-sdb'])).disks[0]!.serial, 'SER-sdb')
  t.same(codesOf(ask(factsOf([a, b]), ['SER-sda', 'SER-sdb'])), ['disk-tie'])
  t.equal(planOf(ask(factsOf([a, b, c]), [], { ...worker, disk: { pick: 'largest' } })).disks[0]!.serial, 'SER-sdc')
  t.same(codesOf(ask(factsOf([a, c]), [], { ...worker, disk: { pick: 'only' } })), ['disk-tie'])
  t.equal(planOf(ask(factsOf([a, b, c]), [], { ...worker, disk: { pick: 'only', id: 'SER-sda' } })).disks[0]!.serial, 'SER-sda')
  t.same(codesOf(ask(factsOf([a]), [], { ...worker, disk: { pick: 'only', rotational: true, maximumGib: 10 } })), ['disk-outside-rule', 'disk-outside-rule'])
})

t.test('one disk seen by two paths is refused; NVMe namespaces of one serial are two disks', async t => {
  t.same(codesOf(ask(factsOf([diskOf('sda', { serial: 'S' }), diskOf('sdb', { serial: 'S' })]))), ['disk-seen-twice'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { wwn: '0x1' }), diskOf('sdb', { wwn: '0x1' })]))), ['disk-seen-twice'])
  const namespaces = factsOf([diskOf('nvme0n1', { serial: 'S', wwn: 'eui.1' }), diskOf('nvme0n2', { serial: 'S', wwn: 'eui.2', sizeBytes: 64 * GiB })])
  t.equal(planOf(ask(namespaces)).disks[0]!.sizeBytes, 32 * GiB)
  t.same(codesOf(ask(namespaces, ['S'])), ['wipe-ambiguous'])
})

t.test('a group or array that spans disks goes as a whole or not at all', async t => {
  const lvm = { physicalVolumes: [physicalVolumeOf('/dev/sda', 'old'), physicalVolumeOf('/dev/sdb', 'old')], volumeGroups: [groupOf('old')] }
  const disks = [diskOf('sda', { signature: pv }), diskOf('sdb', { signature: pv, sizeBytes: 64 * GiB })]
  t.same(codesOf(ask(factsOf(disks, lvm), ['SER-sda'])), ['group-spans-disks'])
  const both = planOf(ask(factsOf(disks, lvm), ['SER-sda', 'SER-sdb']))
  t.same(both.disks.slice(1).map(disk => disk.serial), ['SER-sdb'])
  t.same(codesOf(ask(factsOf([disks[0]!], { ...lvm, volumeGroups: [groupOf('old', { partial: true })], physicalVolumes: [physicalVolumeOf('/dev/sda', 'old'), physicalVolumeOf('[unknown]', 'old', { missing: true })] }), ['SER-sda'])), ['group-spans-disks'], 'a missing PV may come back')
  const member = { type: 'linux_raid_member', uuid: 'r', label: null }
  const raid = [{ uuid: 'r', name: 'md0', level: 'raid1', members: [{ device: '/dev/sda', role: null, events: 1 }, { device: '/dev/sdb', role: null, events: 1 }] }]
  const raided = [diskOf('sda', { signature: member }), diskOf('sdb', { signature: member, sizeBytes: 64 * GiB })]
  t.same(codesOf(ask(factsOf(raided, { raid }), ['SER-sda'])), ['raid-spans-disks'])
  t.same(codesOf(ask(factsOf(raided, { raid }), ['SER-sda', 'SER-sdb'])), [])
  t.same(codesOf(ask(factsOf(raided), ['SER-sda'])), ['raid-unknown'])
  for (const type of ['ddf_raid_member', 'linux_raid_member+ext4']) t.same(codesOf(ask(factsOf([diskOf('sda', { signature: { ...member, type } })]), ['SER-sda'])), ['raid-unknown'], type)
  t.same(codesOf(ask(factsOf([disks[0]!]), ['SER-sda'])), ['lvm-unread'], 'a PV that LVM does not list may belong to a group on other disks')
})

t.test('a group of the layout’s name on another disk, groups of one name, duplicates and LVM’s complaints are refused', async t => {
  const data = diskOf('sdb', { sizeBytes: 64 * GiB, signature: pv })
  const lvm = { physicalVolumes: [physicalVolumeOf('/dev/sdb', 'vg0')], volumeGroups: [groupOf('vg0')], logicalVolumes: [volumeOf('vg0', 'root')] }
  t.same(codesOf(ask(factsOf([diskOf('sda'), data], lvm))), ['group-name-taken'])
  t.same(planOf(ask(factsOf([diskOf('sda'), data], lvm), ['SER-sdb'])).disks.slice(1).map(disk => disk.serial), ['SER-sdb'])
  t.match(codesOf(ask(factsOf([diskOf('sda'), data], { ...lvm, volumeGroups: [groupOf('x'), groupOf('x', { uuid: 'vg-2' })] }))), ['group-name-twice'])
  t.same(codesOf(ask(factsOf([diskOf('sda')], { warnings: ['WARNING: Device /dev/sdz has size of 1 sectors which is smaller'] }))), ['lvm-unclear'])
  t.same(codesOf(ask(factsOf([diskOf('sda')], { warnings: ['File descriptor 3 (pipe:[1]) leaked on lvm invocation.'] }))), [])
  t.same(codesOf(ask(factsOf([diskOf('sda'), data], { ...lvm, physicalVolumes: [physicalVolumeOf('/dev/sdb', 'd', { duplicate: true })], volumeGroups: [groupOf('d')] }))), ['pv-duplicate'])
})

t.test('all refusals come together, and an impossible layout is one of them', async t => {
  const layout: Layout = { ...worker, volumes: [...worker.volumes, { name: 'home', mount: '/home', filesystem: 'ext4', sizeMib: 'rest', keep: true }] }
  t.same(codesOf(ask(factsOf([diskOf('sda', { signature: ext4 })], { warnings: ['bad'] }), ['nothing'], layout)), ['layout-impossible', 'layout-impossible', 'layout-impossible', 'wipe-unknown-disk', 'disk-holds-data', 'lvm-unclear'])
})

t.test('what an unfinished attempt of the same order left may be made anew; anything foreign on it is refused', async t => {
  const earlier = planOf(ask(factsOf([diskOf('sda')])))
  const left = diskOf('sda', { table: { type: 'gpt', uuid: earlier.disks[0]!.newTableUuid }, partitions: earlier.disks[0]!.planned.map(made => partitionOf(`sda${made.number}`, made.number, { partUuid: made.partUuid })) })
  t.ok(planOf(ask(factsOf([left]), [], worker, [earlier])).disks[0]!.mayWipe)
  t.same(codesOf(ask(factsOf([left]))), ['disk-holds-data'])
  t.same(codesOf(ask(factsOf([{ ...left, partitions: [...left.partitions, partitionOf('sda5', 5, { partUuid: 'foreign' })] }]), [], worker, [earlier])), ['disk-holds-data'])
})

t.test('what an attempt left is anybody’s data again once it was finished, or when LVM or a file system on it is not ours', async t => {
  const earlier = planOf(ask(factsOf([diskOf('sda')])))
  const made = earlier.disks[0]!.planned
  const types: Record<string, string | null> = { 'bios-boot': null, esp: 'vfat', boot: 'ext4', lvm: 'LVM2_member' }
  const left = (signatures: Record<string, string | null> = types): Disk => diskOf('sda', { table: { type: 'gpt', uuid: earlier.disks[0]!.newTableUuid }, partitions: made.map(({ number, role, partUuid }) => partitionOf(`sda${number}`, number, { partUuid, signature: signatures[role] === null ? null : { type: signatures[role]!, uuid: 'u', label: null } })) })
  const lvm = (more: { tags?: string[], volumeTags?: string[], pv?: string } = {}): Partial<Facts['lvm']> => ({
    physicalVolumes: [physicalVolumeOf('/dev/sda4', 'vg0', { uuid: more.pv ?? earlier.groups[0]!.physicalVolumes[0]!.uuid })], volumeGroups: [groupOf('vg0', { tags: more.tags ?? [] })],
    logicalVolumes: [volumeOf('vg0', 'root', { tags: [earlier.volumes[0]!.tag] }), volumeOf('vg0', 'home', { tags: more.volumeTags ?? [earlier.volumes[2]!.tag, 'labctl.ready'] })],
  })
  const again = (disk: Disk, more: Partial<Facts['lvm']>): string[] => codesOf(ask(factsOf([disk], more), [], worker, [earlier]))
  t.same(again(left(), lvm()), [], 'cut in the middle of making volumes')
  t.same(again(left(), lvm({ tags: ['labctl.installed'] })), ['disk-holds-data'])
  t.same(again(left(), lvm({ volumeTags: [] })), ['disk-holds-data'], 'a volume that somebody made there')
  t.same(again(left(), lvm({ volumeTags: ['labctl.other-machine._home'] })), ['disk-holds-data'])
  t.same(again(left(), lvm({ pv: 'foreign' })), ['disk-holds-data'])
  t.same(again(left({ ...types, boot: 'crypto_LUKS' }), lvm()), ['disk-holds-data'])
  const second = { ...lvm(), physicalVolumes: [...lvm().physicalVolumes!, physicalVolumeOf('/dev/sdb1', 'vg0', { uuid: 'foreign' })] }
  t.same(again(left(), second), ['disk-holds-data', 'group-spans-disks', 'group-name-taken'], 'a group that was extended')
})

const pool = (uuid: string | null, type = 'zfs_member'): Disk['signature'] => ({ type, uuid, label: 'tank' })
t.test('a ZFS pool or btrfs on several disks goes as a whole or not at all', async t => {
  const disks = (a: Disk['signature'], b: Disk['signature']): Facts => factsOf([diskOf('sda', { partitions: [partitionOf('sda1', 1, { signature: a })] }), diskOf('sdb', { sizeBytes: 64 * GiB, signature: b })])
  for (const type of ['zfs_member', 'btrfs', 'bcache', 'stratis']) t.same(codesOf(ask(disks(pool('1', type), pool('1', type)), ['SER-sda'])), ['members-elsewhere'], type)
  t.match(ask(disks(pool('1'), pool('1')), ['SER-sda']), { refusals: [{ because: /pool zfs_member 1 lies on .*SER-sda, .*SER-sdb/, nextStep: /--wipe .*SER-sda --wipe .*SER-sdb/ }] })
  t.same(planOf(ask(disks(pool('1'), pool('1')), ['SER-sda', 'SER-sdb'])).disks.map(disk => [disk.serial, disk.role]), [['SER-sda', 'system'], ['SER-sdb', 'wiped']])
  t.same(codesOf(ask(disks(pool('1'), pool('2')), ['SER-sda'])), [], 'two pools')
  t.same(codesOf(ask(disks(pool('1'), pool(null, 'zfs_member+ext4')), ['SER-sda'])), ['members-elsewhere'], 'one whose pool can’t be told')
  t.same(codesOf(ask(disks(ext4, ext4), ['SER-sda'])), [], 'a clone of a file system breaks nothing')
})

t.test('a damaged partition table, or one whose partitions the kernel can’t see, is not empty', async t => {
  for (const type of ['gpt-damaged', 'PMBR', 'mac', 'sun']) t.same(codesOf(ask(factsOf([diskOf('sda', { table: { type, uuid: null } })]))), ['disk-holds-data'], type)
  t.match(ask(factsOf([diskOf('sda', { table: { type: 'gpt-damaged', uuid: 'x' } })])), { refusals: [{ because: /a damaged partition table/ }] })
  t.same(codesOf(ask(factsOf([diskOf('sda', { table: { type: 'gpt-damaged', uuid: null } })]), ['SER-sda'])), [])
})

t.test('an ESP on which FAT32 does not fit is refused', async t => {
  const small = { ...worker, espMib: 128 }
  t.same(codesOf(ask(factsOf([diskOf('sda', { logicalSectorBytes: 4096 })]), [], small)), ['esp-too-small'])
  t.same(codesOf(ask(factsOf([diskOf('sda', { logicalSectorBytes: 4096 })]), [], { ...small, espMib: 260 })), [])
  t.same(codesOf(ask(factsOf([diskOf('sda')]), [], { ...small, espMib: 64 })), [])
})

const withData: Layout = { ...worker, data: [
  { disk: { pick: 'largest' }, group: 'data', volumes: [{ name: 'srv', mount: '/srv/data', filesystem: 'xfs', sizeMib: 'rest', keep: true }] },
  { disk: { pick: 'only', id: 'SER-sdc' }, group: 'fast', volumes: [{ name: 'db', mount: '/var/lib/db', filesystem: 'ext4', sizeMib: 4096, keep: true }] },
] }
t.test('each data disk has one LVM partition and a group of its own; a disk that one rule names is left alone by the others', async t => {
  const [a, b, c] = [diskOf('sda'), diskOf('sdb', { sizeBytes: 100 * GiB }), diskOf('sdc', { sizeBytes: 200 * GiB, logicalSectorBytes: 4096 })]
  const plan = planOf(ask(factsOf([c, b, a]), [], withData))
  t.ok(Value.Check(StoragePlanSchema, plan))
  t.same(plan.disks.map(disk => [disk.serial, disk.role, disk.planned.map(({ number, role, startSector, endSector }) => [number, role, startSector, endSector])]).slice(1), [
    ['SER-sdb', 'data', [[1, 'lvm', 2048, 100 * 2 ** 21 - 2048 - 1]]], ['SER-sdc', 'data', [[1, 'lvm', 256, 200 * 2 ** 18 - 256 - 1]]],
  ])
  t.same(plan.groups.map(({ name, freeExtents, physicalVolumes }) => [name, freeExtents, physicalVolumes.map(({ disk, partition }) => `${disk}-part${partition}`)]), [
    ['vg0', 0, ['ata-QEMU_HARDDISK_SER-sda-part4']], ['data', 0, ['ata-QEMU_HARDDISK_SER-sdb-part1']], ['fast', 50175, ['ata-QEMU_HARDDISK_SER-sdc-part1']],
  ])
  t.same(plan.volumes.slice(-2).map(({ group, name, mount, extents }) => [group, name, mount, extents]), [['data', 'srv', '/srv/data', 25599], ['fast', 'db', '/var/lib/db', 1024]])
  const uuids = [...plan.disks.flatMap(disk => [disk.newTableUuid, ...disk.planned.map(({ partUuid }) => partUuid)]), ...plan.groups.map(group => group.physicalVolumes[0]!.uuid), ...plan.volumes.map(volume => volume.filesystemUuid)]
  t.equal(new Set(uuids).size, uuids.length)
  t.same(plan.devices.filter(({ kind, action }) => kind === 'volume-group' && action === 'create').map(({ name }) => name), ['vg0', 'data', 'fast'])
})

t.test('a data disk is judged like the first: its contents, its rule, its group’s name, and all refusals together', async t => {
  const [a, b, c] = [diskOf('sda'), diskOf('sdb', { sizeBytes: 100 * GiB, signature: ext4 }), diskOf('sdc', { sizeBytes: 200 * GiB, signature: ext4 })]
  const refused = ask(factsOf([a, b, c]), ['SER-sdc'], withData)
  t.match(refused, { refusals: [{ code: 'disk-holds-data', because: /SER-sdb.*is a data disk of the layout/, nextStep: /--wipe .*SER-sdb/ }] })
  t.same(codesOf(refused), ['disk-holds-data'])
  t.match(ask(factsOf([a]), [], withData), { refusals: [{ code: 'no-disk', because: /^For the group data: Every disk is meant/ }, { code: 'no-disk', because: /^For the group fast/ }] })
  t.match(ask(factsOf([a, diskOf('sdb', { sizeBytes: 2 ** 20 }), diskOf('sdc', { sizeBytes: 2 ** 30 })]), [], withData), { refusals: [{ code: 'disk-too-small', because: /For the group data/ }, { code: 'disk-too-small', because: /For the group fast: The layout needs a disk of 4.0 GiB/ }] })
  const foreign = diskOf('sdd', { sizeBytes: 30 * GiB, signature: pv, readOnly: true })
  t.same(codesOf(ask(factsOf([a, { ...b, signature: null }, c, foreign], { physicalVolumes: [physicalVolumeOf('/dev/sdd', 'fast')], volumeGroups: [groupOf('fast')] }), ['SER-sdc'], withData)), ['group-name-taken'])
  t.same(codesOf(ask(factsOf([a, { ...a, name: 'sdb', byId: ['other'] }]), [], { ...worker, data: [withData.data![0]!] })), ['disk-seen-twice', 'disk-seen-twice'], 'no path of the system’s disk becomes a data disk')
})
