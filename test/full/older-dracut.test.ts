// The overlay's hook with a dracut whose hooks lie in /lib/dracut/hooks, as in RHEL 9; that of newer ones is in test/e2e/qemu-installer.test.ts.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { makeOverlay } from '../../bastion/boot/make-overlay.ts'
import { builtRamdisk } from '../lib/cache.ts'
import { dracutInitrd } from '../lib/dracut-initrd.ts'

const sumOf = (content: string): string => createHash('sha256').update(content).digest('hex').slice(0, 16)

t.test('a dracut whose hooks lie in the older folder finds the kickstart, and takes the overlay along', { timeout: 400_000 }, async t => {
  const folder = t.testdir()
  const overlay = makeOverlay({ purpose: 'install', controlUrl: 'https://10.0.0.1:8443', bootUrl: 'http://10.0.0.1:8080', pins: ['a'], epochSeconds: 1, afterwards: 'wait', bearer: 'b', kickstart: 'text\n' })
  writeFileSync(join(folder, 'initrd'), Buffer.concat([await dracutInitrd('bookworm'), overlay]))
  const { stdout } = await execa('qemu-system-x86_64', [
    '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', 'tcg', '-cpu', 'max', '-m', '1024', '-no-reboot', '-serial', 'stdio', '-device', 'virtio-rng-pci',
    '-kernel', join(await builtRamdisk(), 'vmlinuz'), '-initrd', join(folder, 'initrd'), '-append', 'console=ttyS0 panic=-1 inst.ks=file:/labctl/labctl.ks rd.shell=0 rd.emergency=poweroff',
  ], { stdin: 'ignore', timeout: 300_000 })
  const lines = stdout.replaceAll('\r', '').split('\n')
  t.ok(lines.includes('second stage: the initramfs is gone'), stdout.slice(-3000))
  t.ok(lines.includes(`second stage: ks.cfg ${sumOf('text\n')}`))
  t.ok(lines.includes(`second stage: 600 0:0 overlay/labctl.ks ${sumOf('text\n')}`))
})
