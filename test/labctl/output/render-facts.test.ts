import t from 'tap'
import { diskIdentities } from '../../../labctl/output/render-facts.ts'
import { isDisk } from '../../../bastion/volumes/disk-identity.ts'
import { diskOf } from '../../bastion/volumes/facts-of.ts'

t.test('every identity that is shown for a disk is one that --wipe takes', async t => {
  const disk = diskOf('sda', { wwn: '0x5000c500a1b2c3d4', byId: ['lvm-pv-uuid-AbCdEf', 'ata-QEMU_HARDDISK_SER-sda', 'wwn-0x5000c500a1b2c3d4', 'usb-Linux_Adapter-0:0'] })
  const shown = diskIdentities(disk)
  t.same(shown, ['wwn-0x5000c500a1b2c3d4', 'ata-QEMU_HARDDISK_SER-sda', '0x5000c500a1b2c3d4', 'SER-sda'])
  t.same(shown.filter(identity => !isDisk(disk, identity)), [])
})
