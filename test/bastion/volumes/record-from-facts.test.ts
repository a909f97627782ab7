import t from 'tap'
import { Value } from 'typebox/value'
import { choosePartitions } from '../../../bastion/volumes/choose-partitions.ts'
import { parseRecord } from '../../../bastion/volumes/parse-record.ts'
import { recordFromFacts, type RecordDecision } from '../../../bastion/volumes/record-from-facts.ts'
import { readyTag } from '../../../bastion/volumes/volume-tag.ts'
import type { Facts } from '../../../protocol/facts.ts'
import { StorageRecordSchema, type RecordFile, type StorageRecord } from '../../../protocol/storage-record.ts'
import { diskOf, factsOf, GiB } from './facts-of.ts'
import { ask, codesOf, installed, machineId, planOf, worker } from './reprovision-of.ts'

/** A machine laid out like ours by somebody else: no tags of any kind. */
export function foreign(): Facts {
  const { facts } = installed(factsOf([diskOf('sda'), diskOf('sdb', { sizeBytes: 64 * GiB })]))
  for (const volume of facts.lvm.logicalVolumes) volume.tags = []
  for (const group of facts.lvm.volumeGroups) group.tags = []
  for (const partition of facts.disks[0]!.partitions) partition.label = null
  return facts
}
const adopt = (facts: Facts, ours?: RecordFile['volumes']): RecordDecision => recordFromFacts({ facts, layout: worker, machineId, ...ours === undefined ? {} : { ours } })
const recordOf = (decision: RecordDecision): StorageRecord => {
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals, null, 2))
  return decision.record
}
const refused = (decision: RecordDecision): string[] => (decision.kind === 'record' ? [] : [...new Set(decision.refusals.map(({ code }) => code))])

t.test('a machine without tags is taken by the group and names of the layout, with a note for each', async t => {
  const facts = foreign()
  const decision = adopt(facts)
  const record = recordOf(decision)
  t.ok(Value.Check(StorageRecordSchema, record))
  t.same(record.volumes.map(({ name, mount, keep, origin }) => [name, mount, keep, origin]), [['root', '/', false, 'adopted'], ['var', '/var', false, 'adopted'], ['home', '/home', true, 'adopted'], ['srv', '/srv', true, 'adopted'], ['longhorn', '/var/lib/longhorn', true, 'adopted']])
  t.same(record.disks.map(disk => disk.partitions.map(({ role }) => role).sort()), [['bios-boot', 'boot', 'esp', 'lvm']])
  t.match(decision, { notes: [/vg0\/root .* only because it has the group and name/] })
  t.equal(record.inventory.length, 2)
  const plan = planOf(ask({ facts, record }))
  t.same(plan.volumes.map(({ action, addTag }) => [action, addTag]), [['reformat', true], ['reformat', true], ['keep', true], ['keep', true], ['keep', true]])
})

t.test('tags come before names, and what somebody names before tags', async t => {
  const { facts } = installed(factsOf([diskOf('sda')]))
  facts.lvm.logicalVolumes.find(volume => volume.name === 'home')!.name = 'elsewhere'
  t.same(recordOf(adopt(facts)).volumes.map(({ name, mount }) => [name, mount])[2], ['elsewhere', '/home'])
  const named = recordOf(adopt(foreign(), [{ group: 'vg0', name: 'root', mount: '/' }, { group: 'vg0', name: 'srv', mount: '/data' }]))
  t.same(named.volumes.map(({ name, mount, keep }) => [name, mount, keep]), [['root', '/', false], ['srv', '/data', true]], 'what the layout does not know is kept')
})

t.test('either form of a record reads back, and a file without an id takes that of the tags', async t => {
  const { facts, record } = installed(factsOf([diskOf('sda')]))
  t.same(recordOf(parseRecord(record, worker)), record)
  t.equal(recordOf(parseRecord({ facts }, worker)).machineId, machineId)
  const bare = recordOf(parseRecord({ facts: foreign() }, worker))
  t.match(bare.machineId, /^[0-9a-f-]{36}$/)
  t.equal(recordOf(parseRecord({ facts: foreign() }, worker)).machineId, bare.machineId)
  t.same(refused(parseRecord({ ...record, volumes: [] }, worker)), ['record-inconsistent'])
})

t.test('what cannot be told for sure is not adopted', async t => {
  const cases: [string, string, (facts: Facts) => void, RecordFile['volumes']?][] = [
    ['no GPT', 'table-no-gpt', facts => { facts.disks[0]!.table = { type: 'dos', uuid: 'x' } }],
    ['no table', 'table-no-gpt', facts => { facts.disks[0]!.table = null }],
    ['two ext4 partitions that could be /boot', 'adopt-ambiguous', facts => { facts.disks[0]!.partitions[0]!.signature = { type: 'ext4', uuid: 'u', label: null } }],
    ['an ext4 and an xfs of which one could be /boot', 'adopt-ambiguous', facts => { facts.disks[0]!.partitions[0]!.signature = { type: 'xfs', uuid: 'u', label: null } }],
    ['an ext4 too large for /boot', 'adopt-ambiguous', facts => { facts.disks[0]!.partitions[2]!.sizeBytes = 4 * GiB + 512 }],
    ['two partitions named labctl-boot', 'adopt-ambiguous', facts => { for (const partition of facts.disks[0]!.partitions.slice(0, 3)) Object.assign(partition, { label: 'labctl-boot', signature: { type: 'ext4', uuid: partition.partUuid, label: null } }) }],
    ['two EFI system partitions', 'adopt-ambiguous', facts => { Object.assign(facts.disks[0]!.partitions[0]!, { typeGuid: facts.disks[0]!.partitions[1]!.typeGuid, signature: { type: 'vfat', uuid: 'AAAA-BBBB', label: null } }) }],
    ['no /boot', 'boot-partition-missing', facts => { facts.disks[0]!.partitions[2]!.signature = null }],
    ['an unformatted EFI system partition on UEFI', 'boot-partition-missing', facts => { facts.firmware = 'uefi'; facts.disks[0]!.partitions[1]!.signature = null }],
    ['no BIOS boot partition on BIOS', 'boot-partition-missing', facts => { facts.disks[0]!.partitions[0]!.typeGuid = null }],
    ['a partition without PARTUUID', 'partition-no-identity', facts => { facts.disks[0]!.partitions[2]!.partUuid = null }],
    ['a disk of a firmware RAID', 'raid-below', facts => { facts.disks[0]!.signature = { type: 'isw_raid_member', uuid: null, label: null } }],
    ['a disk without identity', 'disk-no-identity', facts => { Object.assign(facts.disks[0]!, { byId: [], serial: null, wwn: null }) }],
    ['the group on RAID', 'raid-below', facts => { facts.lvm.physicalVolumes[0]!.device = '/dev/md0' }],
    ['the group on LUKS', 'luks-locked', facts => { facts.lvm.physicalVolumes[0]!.device = '/dev/mapper/crypt' }],
    ['nothing but LUKS', 'adopt-no-root', facts => { facts.lvm = { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] }; facts.disks[0]!.partitions[3]!.signature = { type: 'crypto_LUKS', uuid: 'x', label: null } }],
    ['the group of another system', 'group-foreign', facts => { facts.lvm.volumeGroups[0]!.systemId = 'other' }],
    ['an exported group', 'group-exported', facts => { facts.lvm.volumeGroups[0]!.exported = true }],
    ['a PV missing', 'pv-missing', facts => { facts.lvm.volumeGroups[0]!.partial = true }],
    ['a thin volume', 'volume-type', facts => { facts.lvm.logicalVolumes[2]!.segmentType = 'thin' }],
    ['an empty volume', 'filesystem-lost', facts => { facts.lvm.logicalVolumes[2]!.signature = null }],
    ['a kept volume with btrfs', 'filesystem-unsupported', facts => { facts.lvm.logicalVolumes[2]!.signature = { type: 'btrfs', uuid: 'u', label: null } }],
    ['an encrypted root', 'luks-locked', facts => { facts.lvm.logicalVolumes[0]!.signature = { type: 'crypto_LUKS', uuid: 'u', label: null } }],
    ['another machine’s tag', 'volume-tag-disagrees', facts => { facts.lvm.logicalVolumes[0]!.tags = ['labctl.other._'] }],
    ['LVM complains', 'lvm-unclear', facts => { facts.lvm.warnings = ['WARNING: something'] }],
    ['a volume that is not there', 'lost-volume', () => {}, [{ group: 'vg0', name: 'root', mount: '/' }, { group: 'vg0', name: 'nope', mount: '/srv' }]],
    ['/ to be kept', 'record-inconsistent', () => {}, [{ group: 'vg0', name: 'root', mount: '/', keep: true }]],
    ['a mount point twice', 'adopt-ambiguous', () => {}, [{ group: 'vg0', name: 'root', mount: '/' }, { group: 'vg0', name: 'srv', mount: '/' }]],
    ['a volume twice', 'adopt-ambiguous', () => {}, [{ group: 'vg0', name: 'root', mount: '/' }, { group: 'vg0', name: 'root', mount: '/srv' }]],
    ['no root named', 'adopt-no-root', () => {}, [{ group: 'vg0', name: 'srv', mount: '/srv' }]],
  ]
  for (const [what, code, change, ours] of cases) {
    const facts = foreign()
    change(facts)
    t.ok(refused(adopt(facts, ours)).includes(code), `${what}: ${code}, not ${refused(adopt(facts, ours)).join(' ')}`)
  }
})

t.test('where nothing is named labctl-boot, only the one partition that can hold nothing else is taken for /boot', async t => {
  const boot = (change: (partitions: Facts['disks'][number]['partitions']) => void) => {
    const [disk] = foreign().disks
    change(disk!.partitions)
    return choosePartitions(disk!, 'system', new Set(['/dev/sda4']), 'bios')
  }
  const data = { type: 'xfs', uuid: 'data', label: null }
  const taken = ({ partitions, refusals }: ReturnType<typeof boot>) => [...partitions.flatMap(({ role, number }) => (role === 'boot' ? [number] : [])), ...refusals.map(({ code }) => code)]
  t.same(taken(boot(([, , third]) => { third!.sizeBytes = 4 * GiB })), [3])
  t.same(taken(boot(([, , third]) => { third!.signature = data })), [3], 'xfs too')
  t.same(taken(boot(([first, , third]) => { Object.assign(first!, { signature: data }); Object.assign(third!, { label: 'labctl-boot', sizeBytes: 9 * GiB }) })), [3], 'the name decides, whatever lies beside')
  const beside = boot(([first]) => { Object.assign(first!, { signature: data }) })
  t.match(beside, { refusals: [{ code: 'adopt-ambiguous', because: /2 partitions that could be its partition of \/boot: 1 \(xfs\), 3 \(ext4\)/, nextStep: /labctl-boot \(sgdisk --change-name\)/ }] })
  t.match(boot(([, , third]) => { third!.sizeBytes = 500 * GiB }), { refusals: [{ code: 'adopt-ambiguous', because: /Partition 3 of .*: ext4 on 500 GiB/, nextStep: /labctl-boot/ }] })
})

t.test('a folder that the layout keeps, inside a volume to be formatted, is a refusal on an adopted machine, and may be accepted by name', async t => {
  const facts = foreign()
  const srv = facts.lvm.logicalVolumes.find(volume => volume.name === 'srv')!
  facts.lvm.logicalVolumes = facts.lvm.logicalVolumes.filter(volume => volume !== srv)
  facts.lvm.volumeGroups[0]!.freeBytes += srv.sizeBytes
  facts.lvm.physicalVolumes[0]!.freeBytes += srv.sizeBytes
  const record = recordOf(adopt(facts))
  t.same(codesOf(ask({ facts, record })), ['kept-path-in-reformatted'])
  const plan = planOf(ask({ facts, record, accept: ['lost-folder=/srv'] }))
  t.same([plan.accepted, plan.volumes.find(volume => volume.mount === '/srv')!.action], [['lost-folder=/srv'], 'create'])
})

t.test('a machine of ours whose record was lost is adopted by its tags, and nothing kept is formatted whatever tags are missing', async t => {
  const { facts } = installed(factsOf([diskOf('sda')]))
  for (const volume of facts.lvm.logicalVolumes) volume.tags = volume.tags.filter(tag => tag !== readyTag)
  facts.lvm.volumeGroups[0]!.tags = []
  const plan = planOf(ask({ facts, record: recordOf(adopt(facts)) }))
  t.same(plan.volumes.filter(volume => volume.action === 'keep').map(({ mount }) => mount), ['/home', '/srv', '/var/lib/longhorn'])
})
