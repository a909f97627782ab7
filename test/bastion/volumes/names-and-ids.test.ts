import t from 'tap'
import { deriveUuid, fatVolumeId, lvmUuid } from '../../../bastion/volumes/derive-uuid.ts'
import { isDisk, sameDisk, stableNames } from '../../../bastion/volumes/disk-identity.ts'
import { joinedName } from '../../../bastion/volumes/judge-lvm.ts'
import { parseVolumeTag, volumeTag } from '../../../bastion/volumes/volume-tag.ts'
import { diskOf } from './facts-of.ts'

t.test('a tag holds machine and mount, reads back, and has only characters that LVM allows', async t => {
  for (const mount of ['/', '/var/lib/longhorn', 'swap', '/a_b', '/mit leer', '/ünï', '/a+b']) {
    const tag = volumeTag('019a-id', mount)
    t.match(tag, /^[A-Za-z0-9_+.=!:&#/-]+$/)
    t.same(parseVolumeTag(tag), { machineId: '019a-id', mount })
  }
  for (const foreign of ['labctl.', 'labctl.x', 'labctl.x.+G1', 'labctl.x.+FF', 'other.x._', 'labctl.x.a b']) t.equal(parseVolumeTag(foreign), null, foreign)
})

t.test('derived UUIDs are version 8, differ by name, and a seed that is none is refused', async t => {
  const seed = '12345678-1234-4234-8234-123456789abc'
  t.match(deriveUuid(seed, 'a'), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(deriveUuid(seed, 'a'), deriveUuid(seed, 'b'))
  t.throws(() => deriveUuid('seed', 'a'), /must be a lower-case UUID/)
  t.equal(lvmUuid(seed), '123456-7812-3442-3482-3412-3456-789abc')
  t.equal(fatVolumeId(seed), '5678-9ABC')
})

t.test('a disk is known by hardware names only, the one with its serial first', async t => {
  const disk = diskOf('sda', { serial: ' S 1 ', wwn: '0x5000', byId: ['lvm-pv-uuid-x', 'dm-name-x', 'wwn-0x5000', 'scsi-35000', 'ata-M_S_1', 'ata-M_S_1-part1', 'bad name'] })
  t.same(stableNames(disk), ['ata-M_S_1', 'wwn-0x5000', 'scsi-35000'])
  for (const name of ['S 1', '5000', '0x5000', 'scsi-35000', '/dev/disk/by-id/ata-M_S_1']) t.ok(isDisk(disk, name), name)
  for (const name of ['', 'sda', '/dev/sda', 'S', 'lvm-pv-uuid-x', 'ata-M_S_1-part1']) t.notOk(isDisk(disk, name), name)
})

t.test('two disks are one only by WWN, or by serial and size where a WWN is missing', async t => {
  t.equal(sameDisk(diskOf('a', { serial: 'S' }), diskOf('b', { serial: 'S' })), 'serial S')
  t.equal(sameDisk(diskOf('a', { serial: 'S' }), diskOf('b', { serial: 'S', sizeBytes: 1 })), null)
  t.equal(sameDisk(diskOf('a', { serial: 'S', wwn: '0x1' }), diskOf('b', { serial: 'S', wwn: '0x2' })), null)
  t.equal(sameDisk(diskOf('a', { serial: '' }), diskOf('b', { serial: '' })), null)
})

t.test('joined names are compared with doubled dashes read as one', async t => t.equal(joinedName('vg0--a', 'x'), joinedName('vg0', 'a-x')))
