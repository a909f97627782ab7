import t from 'tap'
import type { StorageRecord } from '../../../protocol/storage-record.ts'
import { taggedMachine } from '../../../bastion/volumes/choose-ours.ts'
import { recordGiven, unknownMachine } from '../../../bastion/volumes/record-given.ts'
import { recordWithout } from '../../../bastion/volumes/record-without.ts'
import { keepingLayout } from '../../lib/installed-machine.ts'
import { diskOf, factsOf, partitionOf, physicalVolumeOf, volumeOf } from './facts-of.ts'

const system = diskOf('sda', { partitions: [partitionOf('sda4', 4)] })
const data = diskOf('sdb', { partitions: [partitionOf('sdb1', 1)] })
const facts = factsOf([system, data], { physicalVolumes: [physicalVolumeOf('/dev/sda4', 'vg0', { uuid: 'P0' }), physicalVolumeOf('/dev/sdb1', 'vg1', { uuid: 'P1' })] })
const disk = (found: typeof system, role: 'system' | 'data'): StorageRecord['disks'][number] => ({ byId: found.byId[0]!, serial: found.serial, wwn: null, sizeBytes: 1, logicalSectorBytes: 512, tableUuid: null, role, partitions: [] })
const volume = (group: string, name: string): StorageRecord['volumes'][number] => ({ group, name, mount: `/${name}`, keep: true, origin: 'planned', uuid: null, sizeBytes: null, filesystem: 'ext4', filesystemUuids: [] })
const record: StorageRecord = {
  version: 1, machineId: 'm', firmware: 'bios', disks: [disk(system, 'system'), disk(data, 'data')], groups: [{ name: 'vg0', uuid: null, physicalVolumes: ['P0'] }, { name: 'vg1', uuid: null, physicalVolumes: ['P1'] }],
  volumes: [volume('vg0', 'srv'), volume('vg1', 'big')], inventory: [system, data].map(found => ({ byId: found.byId[0]!, serial: found.serial, wwn: null, sizeBytes: 1 })),
}

t.test('without its system disk a machine has no record', async t => {
  t.equal(recordWithout(record, [system.byId[0]!], facts), null)
  t.equal(recordWithout(record, [system.byId[0]!, data.byId[0]!], facts), null)
})

t.test('without a data disk, what lay on it goes and the rest stays', async t => {
  const left = recordWithout(record, [data.byId[0]!], facts)!
  t.match(left, { disks: [{ role: 'system' }], groups: [{ name: 'vg0' }], volumes: [{ name: 'srv' }], inventory: [{ byId: system.byId[0]! }] })
  t.same([left.disks.length, left.groups.length, left.volumes.length, left.inventory.length], [1, 1, 1, 1])
})

t.test('a disk that was never ours takes nothing of ours with it', async t => {
  t.same(recordWithout(record, ['ata-another'], facts), record)
})

t.test('a record from a file: as the bastion keeps it, or read off facts, under the id of the tags', async t => {
  t.same(recordGiven(record, keepingLayout), { kind: 'record', record, notes: [] })
  t.match(recordGiven({ facts }, keepingLayout), { kind: 'refused' })
  const tagged = (...tags: string[]) => factsOf([], { logicalVolumes: [volumeOf('vg0', 'a', { tags })] })
  t.equal(taggedMachine(tagged('labctl.0193.srv', 'labctl.ready', 'other')), '0193')
  t.equal(taggedMachine(tagged('labctl.0193.srv', 'labctl.0194.srv')), null, 'two machines’ tags name none')
  t.equal(taggedMachine(factsOf([])), null)
  t.match(unknownMachine, /^0{8}/)
})
