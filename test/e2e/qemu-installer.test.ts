// A real iPXE loads the initrd of an installation tree, made by the real dracut, and the overlay behind it: the kickstart is where inst.ks says, and what %pre needs is under /run once the initramfs is gone.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import t from 'tap'
import { makeOverlay } from '../../bastion/boot/make-overlay.ts'
import { renderBootKickstart } from '../../bastion/install/kickstart/render-boot-kickstart.ts'
import { builtRamdisk } from '../lib/cache.ts'
import { dracutInitrd } from '../lib/dracut-initrd.ts'
import { placeTree } from '../lib/place-tree.ts'
import { detailOf, discovered, rehearsed } from '../lib/rehearsed.ts'

const sumOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16)

t.test('a real iPXE and a real dracut find the kickstart, and take the overlay along', { timeout: 900_000 }, async t => {
  const os = t.testdir()
  const tree = placeTree(os, 'fedora-43', { kernel: readFileSync(join(await builtRamdisk(), 'vmlinuz')), initrd: await dracutInitrd('trixie') })
  const rehearsal = await rehearsed(t, { os: { directory: os, default: 'fedora-43' } })
  const machine = rehearsal.addMachine()
  await machine.powerOn()
  await discovered(rehearsal, machine, 300_000)
  const ordered = await rehearsal.labctl(['provision', 'install', machine.mac, 'worker-1', '--os', 'fedora-43'])
  t.equal(ordered.exitCode, 0, ordered.stderr)

  // The waiting RAM disk is told to start anew; the firmware starts from the network, and dispatch gives the installer.
  const [said] = await machine.waitForConsole(/second stage: [\s\S]*second stage: done/, 300_000)
  const lines = said.replaceAll('\r', '').split('\n').filter(line => line.startsWith('second stage: ')).map(line => line.slice('second stage: '.length))
  t.ok(lines.includes('the initramfs is gone'))
  t.ok(lines.includes('700 0:0 .'), lines.join('\n'))
  const kickstart = sumOf(renderBootKickstart({ os: tree.name, version: tree.kickstart }))
  t.ok(lines.includes(`ks.cfg ${kickstart}`), 'inst.ks=file: led to the kickstart of this tree')
  t.ok(lines.includes(`600 0:0 overlay/labctl.ks ${kickstart}`))
  t.ok(lines.some(line => line.startsWith('600 0:0 overlay/bearer.header ')))
  t.ok(lines.some(line => line.startsWith('600 0:0 overlay/overlay.env ')))
  t.ok(lines.some(line => line.startsWith('755 0:0 overlay/bin/timeout ')))
  t.ok(lines.includes(`644 0:0 overlay/kickstart-pre.sh ${sumOf(readFileSync(new URL('../../templates/installer/kickstart-pre.sh', import.meta.url)))}`))
  const line = lines.find(word => word.startsWith('line '))!
  t.match(line, /ip=10\.77\.0\.\d+::[\d.]*:255\.255\.255\.0::[0-9a-f]{2}(-[0-9a-f]{2}){5}:none BOOTIF=01-[0-9a-f]{2}(-[0-9a-f]{2}){5}/, 'what iPXE learned')
  t.ok(line.toLowerCase().includes(`labctl.mac=${machine.mac}`))
  const detail = (await detailOf(rehearsal, machine))!
  t.match(detail.machine.order, { state: 'armed' }, 'nothing was reported yet')
  t.ok(detail.timeline.some(({ phase, text }) => phase === 'kernel' && text.includes('installer’s initramfs')))
})

t.test('so does a dracut whose hooks lie in the older folder, as in RHEL 9', { timeout: 400_000 }, async t => {
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
