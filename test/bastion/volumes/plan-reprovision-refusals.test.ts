import t from 'tap'
import { installedTag, readyTag } from '../../../bastion/volumes/volume-tag.ts'
import type { Facts, LogicalVolume } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { StorageRecord } from '../../../protocol/storage-record.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from './facts-of.ts'
import { ask, codesOf, installed, planOf, worker } from './reprovision-of.ts'

/** A finished worker with a foreign disk that has a group and a RAID member beside it. */
function machine(): { facts: Facts, record: StorageRecord } {
  const foreign = diskOf('sdb', { sizeBytes: 64 * GiB, table: { type: 'gpt', uuid: 'foreign' }, partitions: [partitionOf('sdb1', 1, { partUuid: 'foreign-1', signature: { type: 'LVM2_member', uuid: 'pv-x', label: null } })] })
  const small = { ...worker, volumes: worker.volumes.map(volume => (volume.name === 'longhorn' ? { ...volume, sizeMib: 4096 } : volume)) }
  const { facts, record } = installed(factsOf([diskOf('sda'), foreign], { physicalVolumes: [physicalVolumeOf('/dev/sdb1', 'data')], volumeGroups: [groupOf('data')], logicalVolumes: [volumeOf('data', 'pictures')] }), small)
  return { facts, record }
}
const volume = (facts: Facts, name: string): LogicalVolume => facts.lvm.logicalVolumes.find(each => each.name === name)!
const group = (facts: Facts): Facts['lvm']['volumeGroups'][number] => facts.lvm.volumeGroups.find(each => each.name === 'vg0')!
const pv = (facts: Facts): Facts['lvm']['physicalVolumes'][number] => facts.lvm.physicalVolumes.find(each => each.group === 'vg0')!
const remove = (facts: Facts, name: string): void => {
  const gone = volume(facts, name)
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each !== gone)
  group(facts).freeBytes += gone.sizeBytes
  pv(facts).freeBytes += gone.sizeBytes
}
/** LVM's sums with one more volume in vg0. */
const add = (facts: Facts, more: Partial<LogicalVolume> & { name: string }): void => {
  facts.lvm.logicalVolumes.push(volumeOf('vg0', more.name, { groupUuid: group(facts).uuid, ...more }))
  const { sizeBytes } = volume(facts, more.name)
  group(facts).freeBytes -= sizeBytes
  pv(facts).freeBytes -= sizeBytes
}
const with4 = { ...worker, volumes: worker.volumes.map(each => (each.name === 'longhorn' ? { ...each, sizeMib: 4096 } : each)) } satisfies Layout

interface Case { what: string, codes: string[], change?: (facts: Facts, record: StorageRecord) => void, layout?: Layout, accept?: string[] }

/** Each refusal alone, with the override that lifts it where there is one. */
const cases: Case[] = [
  { what: 'a recorded disk that is not there', codes: ['disk-missing', 'group-missing'], change: facts => { facts.disks.splice(0, 1); Object.assign(facts.lvm, { physicalVolumes: facts.lvm.physicalVolumes.filter(each => each.group !== 'vg0'), volumeGroups: facts.lvm.volumeGroups.filter(each => each.name !== 'vg0'), logicalVolumes: facts.lvm.logicalVolumes.filter(each => each.group !== 'vg0') }) } },
  { what: 'a foreign disk of the inventory that is not there', codes: ['disk-missing'], accept: ['missing-disk=ata-QEMU_HARDDISK_SER-sdb'], change: facts => { facts.disks.splice(1, 1); facts.lvm.physicalVolumes = facts.lvm.physicalVolumes.filter(each => each.group === 'vg0'); facts.lvm.volumeGroups = facts.lvm.volumeGroups.filter(each => each.name === 'vg0'); facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each.group === 'vg0') } },
  { what: 'another serial behind the same table', codes: ['disk-changed'], change: facts => { Object.assign(facts.disks[0]!, { serial: 'OTHER', byId: ['ata-QEMU_HARDDISK_OTHER'] }) } },
  { what: 'another serial in the place of a foreign disk', codes: ['disk-changed'], accept: ['missing-disk=ata-QEMU_HARDDISK_SER-sdb'], change: (facts, record) => { record.inventory[1]!.wwn = '0x5'; Object.assign(facts.disks[1]!, { wwn: '0x5', serial: 'OTHER' }) } },
  { what: 'another size', codes: ['disk-changed'], change: facts => { facts.disks[0]!.sizeBytes += GiB } },
  { what: 'other sectors', codes: ['disk-changed'], change: facts => { facts.disks[0]!.logicalSectorBytes = 4096 } },
  { what: 'a read-only disk', codes: ['disk-read-only'], change: facts => { facts.disks[0]!.readOnly = true } },
  { what: 'the disk by two paths', codes: ['disk-seen-twice'], change: facts => { facts.disks.push({ ...structuredClone(facts.disks[0]!), name: 'sdz' }) } },
  { what: 'a foreign disk by two paths', codes: ['disk-seen-twice'], change: facts => { facts.disks.push({ ...structuredClone(facts.disks[1]!), name: 'sdz' }) } },
  { what: 'a clone of the disk with another serial', codes: ['disk-seen-twice'], change: facts => { facts.disks.push({ ...structuredClone(facts.disks[0]!), name: 'sdz', serial: 'CLONE', byId: ['ata-CLONE'] }) } },
  { what: 'a new GPT', codes: ['table-changed'], change: facts => { facts.disks[0]!.table = { type: 'gpt', uuid: 'x' } } },
  { what: 'no GPT', codes: ['table-changed'], change: facts => { facts.disks[0]!.table = null; facts.disks[0]!.partitions = [] } },
  { what: 'a file system over the whole disk', codes: ['table-changed'], change: facts => { facts.disks[0]!.signature = { type: 'zfs_member', uuid: null, label: null } } },
  { what: 'a partition gone', codes: ['partition-missing'], change: facts => { facts.disks[0]!.partitions.splice(2, 1) } },
  { what: 'another PARTUUID', codes: ['partition-missing'], change: facts => { facts.disks[0]!.partitions[1]!.partUuid = 'x' } },
  { what: 'a partition moved', codes: ['partition-changed'], change: facts => { facts.disks[0]!.partitions[2]!.sizeBytes -= 2 ** 20 } },
  { what: 'a partition renumbered', codes: ['partition-changed'], change: facts => { facts.disks[0]!.partitions[2]!.number = 7 } },
  { what: 'the ESP’s type changed', codes: ['partition-changed'], change: facts => { facts.disks[0]!.partitions[1]!.typeGuid = 'ebd0a0a2-b9e5-4433-87c0-68b6b72699c7' } },
  { what: 'LUKS where the PV was', codes: ['luks-locked', 'group-missing'], change: facts => { facts.disks[0]!.partitions[3]!.signature = { type: 'crypto_LUKS', uuid: 'x', label: null }; lose(facts) } },
  { what: 'RAID where the PV was', codes: ['raid-degraded', 'raid-below', 'group-missing'], change: facts => { facts.disks[0]!.partitions[3]!.signature = { type: 'linux_raid_member', uuid: 'x', label: null }; lose(facts) } },
  { what: 'the PV’s label wiped', codes: ['pv-missing', 'group-missing'], change: facts => { facts.disks[0]!.partitions[3]!.signature = null; lose(facts) } },
  { what: 'another PV in its place', codes: ['pv-changed', 'group-missing'], change: facts => { facts.disks[0]!.partitions[3]!.signature = { type: 'LVM2_member', uuid: 'y', label: null }; lose(facts) } },
  { what: 'a PV that LVM misses', codes: ['pv-missing'], change: facts => { pv(facts).missing = true; group(facts).partial = true } },
  { what: 'a group that LVM calls partial', codes: ['group-partial'], change: facts => { group(facts).partial = true } },
  { what: 'a duplicate PV', codes: ['pv-duplicate'], change: facts => { facts.lvm.physicalVolumes.push({ ...pv(facts), device: '/dev/sdq', duplicate: true }) } },
  { what: 'a PV on another device than the recorded partition', codes: ['pv-changed'], change: facts => { pv(facts).device = '/dev/sdb' } },
  { what: 'a PV on an array', codes: ['raid-below', 'pv-changed'], change: facts => { pv(facts).device = '/dev/md127' } },
  { what: 'the group gone, its PV left', codes: ['group-missing'], change: facts => { pv(facts).group = null; facts.lvm.volumeGroups = facts.lvm.volumeGroups.filter(each => each.name !== 'vg0'); facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each.group !== 'vg0') } },
  { what: 'the group renamed', codes: ['group-renamed'], change: facts => { rename(facts, 'vgx') } },
  { what: 'the group made anew', codes: ['pv-changed'], change: facts => { const { uuid } = group(facts); for (const each of [group(facts)]) each.uuid = 'new'; for (const each of facts.lvm.logicalVolumes) if (each.groupUuid === uuid) each.groupUuid = 'new' } },
  { what: 'two groups of one name', codes: ['group-name-twice'], change: facts => { facts.lvm.volumeGroups.push(groupOf('vg0', { uuid: 'second', freeBytes: GiB })) } },
  { what: 'an exported group', codes: ['group-exported'], change: facts => { group(facts).exported = true } },
  { what: 'a foreign group', codes: ['group-foreign'], change: facts => { group(facts).systemId = 'old-host' } },
  { what: 'LVM complains', codes: ['lvm-unclear'], change: facts => { facts.lvm.warnings = ['WARNING: PV /dev/sda4 has no VG metadata.'] } },
  { what: 'a degraded array elsewhere', codes: ['raid-degraded'], accept: ['degraded-raid=r:1'], change: facts => { facts.raid = [{ uuid: 'r:1', name: 'md0', level: 'raid1', devices: 2, members: [{ device: '/dev/sdb9', role: 'Active device 0', events: 4 }] }] } },
  { what: 'an array whose members differ in age', codes: ['raid-degraded'], accept: ['degraded-raid=r:1'], change: facts => { facts.raid = [{ uuid: 'r:1', name: null, level: 'raid1', devices: 2, members: [{ device: '/dev/sdb8', role: null, events: 4 }, { device: '/dev/sdb9', role: null, events: 3 }] }] } },
  { what: 'an array that remembers a missing member', codes: ['raid-degraded'], accept: ['degraded-raid=r:1'], change: facts => { facts.raid = [{ uuid: 'r:1', name: null, level: 'raid1', states: ['AA', 'A.'], members: [{ device: '/dev/sdb8', role: null, events: 4 }, { device: '/dev/sdb9', role: null, events: 4 }] }] } },
  { what: 'a kept volume gone', codes: ['lost-volume'], accept: ['lost-volume=srv'], change: facts => { remove(facts, 'srv') } },
  { what: 'the root volume gone', codes: ['lost-volume'], accept: ['lost-volume=root'], change: facts => { remove(facts, 'root') } },
  { what: 'a volume gone that was never learned', codes: ['lost-volume'], accept: ['lost-volume=srv'], change: (facts, record) => { remove(facts, 'srv'); record.volumes.find(each => each.name === 'srv')!.uuid = null } },
  { what: 'a volume made anew under its name', codes: ['volume-replaced'], change: facts => { volume(facts, 'srv').uuid = 'new' } },
  { what: 'a tag taken off', codes: ['volume-tag-disagrees'], change: facts => { volume(facts, 'srv').tags = [readyTag] } },
  { what: 'another machine’s tag', codes: ['volume-tag-disagrees'], change: facts => { volume(facts, 'srv').tags.push('labctl.other._srv') } },
  { what: 'the tag of another volume of ours', codes: ['volume-tag-disagrees'], change: facts => { const [srv, root] = [volume(facts, 'srv'), volume(facts, 'root')]; [srv.tags, root.tags] = [root.tags, srv.tags] } },
  { what: 'our tag on a volume that was not recorded', codes: ['volume-tag-disagrees'], change: facts => { volume(facts, 'pictures').tags = [...volume(facts, 'srv').tags] } },
  { what: 'a volume of the recorded name without the tag, UUID not yet known', codes: ['volume-tag-disagrees'], change: (facts, record) => { volume(facts, 'srv').tags = []; record.volumes.find(each => each.name === 'srv')!.uuid = null } },
  { what: 'a kept volume turned thin', codes: ['volume-type'], change: facts => { Object.assign(volume(facts, 'srv'), { segmentType: 'thin', signature: null }) } },
  { what: 'a root volume turned into a mirror', codes: ['volume-type'], change: facts => { volume(facts, 'root').segmentType = 'raid1' } },
  { what: 'a snapshot of the root volume', codes: ['snapshot-in-the-way'], change: facts => { add(facts, { name: 'snap', origin: 'root', segmentType: 'snapshot', attributes: 'swi---s---' }) } },
  { what: 'a read-only root volume', codes: ['volume-type'], change: facts => { volume(facts, 'root').attributes = '-ri-------' } },
  { what: 'a root volume that is being moved', codes: ['volume-moving'], change: facts => { volume(facts, 'root').attributes = '-wI-------' } },
  { what: 'a root volume in use', codes: ['volume-open'], change: facts => { volume(facts, 'root').attributes = '-wi-ao----' } },
  { what: 'a kept file system that is gone', codes: ['filesystem-lost'], change: facts => { volume(facts, 'srv').signature = null } },
  { what: 'a kept file system that can’t be read', codes: ['filesystem-lost'], change: facts => { volume(facts, 'srv').signature = { type: 'unreadable', uuid: null, label: null } } },
  { what: 'another file system on a kept volume', codes: ['filesystem-changed'], change: facts => { volume(facts, 'srv').signature = { type: 'xfs', uuid: volume(facts, 'srv').signature!.uuid, label: null } } },
  { what: 'another UUID on a kept volume', codes: ['filesystem-changed'], change: facts => { volume(facts, 'srv').signature!.uuid = 'x' } },
  { what: 'another file system on the root volume', codes: ['filesystem-changed'], accept: ['changed-filesystem=root'], change: facts => { volume(facts, 'root').signature = { type: 'crypto_LUKS', uuid: 'x', label: null } } },
  { what: 'nothing on a finished root volume', codes: ['filesystem-lost'], accept: ['changed-filesystem=root'], change: facts => { volume(facts, 'root').signature = null; volume(facts, 'root').tags.push(readyTag) } },
  { what: 'something foreign on /boot', codes: ['filesystem-changed'], accept: ['changed-filesystem=/boot'], change: facts => { facts.disks[0]!.partitions[2]!.signature = { type: 'ext4', uuid: 'x', label: null } } },
  { what: 'nothing on a finished /boot', codes: ['filesystem-lost'], accept: ['changed-filesystem=/boot'], change: facts => { facts.disks[0]!.partitions[2]!.signature = null } },
  { what: 'nothing on the ESP', codes: ['filesystem-lost'], accept: ['changed-filesystem=/boot/efi'], change: facts => { facts.disks[0]!.partitions[1]!.signature = null } },
  { what: 'a kept volume shrunk', codes: ['volume-shrunk', 'volume-too-small'], change: facts => { const srv = volume(facts, 'srv'); srv.sizeBytes -= GiB; group(facts).freeBytes += GiB; pv(facts).freeBytes += GiB } },
  { what: 'a kept volume smaller than the layout wants', codes: ['volume-too-small'], accept: ['small-volume=srv'], layout: { ...with4, volumes: with4.volumes.map(each => (each.name === 'srv' ? { ...each, sizeMib: 3000 } : each)) } },
  { what: '/boot smaller than the layout wants', codes: ['volume-too-small'], accept: ['small-volume=/boot'], layout: { ...with4, bootMib: 2048 } },
  { what: 'the name of a new volume taken', codes: ['volume-name-taken'], layout: { ...with4, volumes: [...with4.volumes, { name: 'mine', mount: '/mine', filesystem: 'ext4', sizeMib: 512, keep: false }] }, change: facts => { add(facts, { name: 'mine' }) } },
  { what: 'no room for a new volume', codes: ['not-enough-space'], layout: { ...with4, volumes: [...with4.volumes, { name: 'large', mount: '/large', filesystem: 'ext4', sizeMib: 20_000, keep: true }] } },
  { what: 'a joined name that is taken', codes: ['joined-name-taken'], change: facts => { Object.assign(volume(facts, 'pictures'), { name: '0-srv', group: 'vg' }); facts.lvm.volumeGroups.find(each => each.name === 'data')!.name = 'vg'; facts.lvm.physicalVolumes.find(each => each.group === 'data')!.group = 'vg'; rename(facts, 'vg-0') } },
  { what: 'a layout that can’t be made', codes: ['layout-impossible'], layout: { ...with4, volumes: with4.volumes.map(each => (each.mount === '/' ? { ...each, keep: true } : each)) } },
  { what: 'an override that nobody knows', codes: ['accept-unknown'], accept: [], change: () => {} },
]
const lose = (facts: Facts): void => {
  facts.lvm.physicalVolumes = facts.lvm.physicalVolumes.filter(each => each.group !== 'vg0')
  facts.lvm.volumeGroups = facts.lvm.volumeGroups.filter(each => each.name !== 'vg0')
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each.group !== 'vg0')
}
const rename = (facts: Facts, name: string): void => {
  for (const each of facts.lvm.logicalVolumes) if (each.group === 'vg0') each.group = name
  pv(facts).group = name
  group(facts).name = name
}

for (const { what, codes, change, layout = with4, accept } of cases) {
  t.test(`${what}: ${codes.join(', ')}`, async t => {
    const { facts, record } = machine()
    change?.(facts, record)
    if (codes[0] === 'joined-name-taken') { record.groups[0]!.name = 'vg-0'; for (const each of record.volumes) each.group = 'vg-0' }
    const decision = ask({ facts, record, layout, accept: codes[0] === 'accept-unknown' ? ['everything=yes'] : [] })
    t.same(codesOf(decision).sort(), codes.toSorted())
    if (decision.kind === 'refused') for (const { because, nextStep } of decision.refusals) t.match([because, nextStep], [/.{20,}/, /.{10,}/])
    const offered = decision.kind === 'refused' ? decision.refusals.flatMap(refusal => refusal.accept ?? []) : []
    if (accept !== undefined) {
      t.same(offered, accept)
      t.same(planOf(ask({ facts, record, layout, accept })).accepted, accept)
    } else if (codes[0] !== 'volume-shrunk' && !codes.includes('raid-degraded')) t.same(offered, [], 'there is no override')
  })
}

t.test('all refusals come at once, and an override lifts its own only', async t => {
  const { facts, record } = machine()
  remove(facts, 'srv')
  volume(facts, 'home').signature!.uuid = 'x'
  facts.disks[0]!.partitions[2]!.signature = null
  t.same(codesOf(ask({ facts, record, layout: with4 })).sort(), ['filesystem-changed', 'filesystem-lost', 'lost-volume'])
  t.same(codesOf(ask({ facts, record, layout: with4, accept: ['lost-volume=srv', 'changed-filesystem=home'] })).sort(), ['filesystem-changed', 'filesystem-lost'])
})

t.test('a machine without a record, or with another’s, is refused', async t => {
  const { facts, record } = machine()
  t.same(codesOf(ask({ facts, record: null, layout: with4 })), ['not-recorded'])
  t.same(codesOf(ask({ facts, record: { ...record, machineId: 'other' }, layout: with4 })), ['record-inconsistent'])
})

t.test('an override that is not needed is not among those accepted', async t => {
  const { facts, record } = machine()
  t.same(planOf(ask({ facts, record, layout: with4, accept: ['lost-volume=srv'] })).accepted, [])
})

t.test('a report that lies is refused whole', async t => {
  const lies: [string, (facts: Facts) => void][] = [
    ['a partition beyond the disk', facts => { facts.disks[1]!.partitions[0]!.sizeBytes = 99 * GiB }],
    ['partitions that overlap', facts => { facts.disks[1]!.partitions.push(partitionOf('sdb2', 2, { startBytes: GiB + 2 ** 20 })) }],
    ['a negative size', facts => { facts.disks[1]!.partitions[0]!.sizeBytes = -GiB }],
    ['a size no number holds', facts => { facts.disks[1]!.sizeBytes = 2 ** 70 }],
    ['sectors of 3 bytes', facts => { facts.disks[1]!.logicalSectorBytes = 3 }],
    ['a number twice', facts => { facts.disks[1]!.partitions.push(partitionOf('sdb2', 1, { startBytes: 9 * GiB })) }],
    ['a PV in no listed group', facts => { facts.lvm.physicalVolumes.at(-1)!.group = 'nowhere' }],
    ['more free than there is', facts => { group(facts).freeBytes = group(facts).sizeBytes * 2 }],
    ['a volume in no listed group', facts => { volume(facts, 'pictures').groupUuid = 'nowhere' }],
    ['a volume that was left out', facts => { facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(each => each.name !== 'home') }],
    ['a PV that was left out', facts => { facts.lvm.physicalVolumes = facts.lvm.physicalVolumes.filter(each => each.group !== 'data') }],
    ['two volumes of one UUID', facts => { volume(facts, 'home').uuid = volume(facts, 'srv').uuid }],
    ['two volumes of one name', facts => { volume(facts, 'home').name = 'srv' }],
    ['a volume of odd size', facts => { volume(facts, 'home').sizeBytes += 1 }],
    ['a name with a newline', facts => { volume(facts, 'pictures').name = 'a\nb' }],
    ['a name with a quote', facts => { volume(facts, 'pictures').name = "a'; rm -rf /" }],
    ['a name that begins with a dash', facts => { volume(facts, 'pictures').name = '--force' }],
    ['a folder as a name', facts => { volume(facts, 'pictures').name = '..' }],
    ['a UUID that is none', facts => { volume(facts, 'pictures').uuid = '$(reboot)' }],
    ['extents of nothing', facts => { group(facts).extentBytes = 0 }],
  ]
  for (const [what, lie] of lies) {
    const { facts, record } = machine()
    lie(facts)
    t.ok(codesOf(ask({ facts, record, layout: with4 })).includes('facts-inconsistent'), what)
  }
})

t.test('nothing on /boot is no cut attempt on a machine that was adopted and never touched', async t => {
  const { facts, record } = machine()
  facts.disks[0]!.partitions[2]!.signature = null
  for (const each of record.volumes) each.origin = 'adopted'
  for (const each of facts.lvm.logicalVolumes) each.tags = []
  group(facts).tags = []
  t.same(codesOf(ask({ facts, record, layout: with4 })), ['filesystem-lost'])
})

t.test('firmware of the other kind is a refusal where no partition fits it', async t => {
  const { facts, record } = machine()
  facts.firmware = 'uefi'
  t.equal(planOf(ask({ facts, record, layout: with4 })).firmware, 'uefi', 'a disk of ours fits both')
  record.disks[0]!.partitions = record.disks[0]!.partitions.filter(each => each.role !== 'esp')
  t.same(codesOf(ask({ facts, record, layout: with4 })), ['firmware-changed'])
})

t.test('a group with the mark of a finished install is told by it', async t => {
  const { facts } = machine()
  t.same(group(facts).tags, [installedTag])
})
