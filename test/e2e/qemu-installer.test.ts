// A real iPXE loads the initrd of an installation tree, made by the real dracut, and the overlay behind it: the kickstart is where inst.ks says, and what %pre needs is under /run once the initramfs is gone.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { renderBootKickstart } from '../../bastion/install/kickstart/render-boot-kickstart.ts'
import { MachineStore } from '../../bastion/machines/machine-store.ts'
import { openDatabase } from '../../bastion/platform/database.ts'
import { builtRamdisk } from '../lib/cache.ts'
import { dracutInitrd } from '../lib/dracut-initrd.ts'
import { placeTree } from '../lib/place-tree.ts'
import { detailOf, rehearsed } from '../lib/rehearsed.ts'
import { sampleFacts } from '../lib/sample-facts.ts'

const sumOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex').slice(0, 16)

t.test('a real iPXE and a real dracut find the kickstart, and take the overlay along', { timeout: 900_000 }, async t => {
  const os = t.testdir()
  const tree = placeTree(os, 'fedora-43', { kernel: readFileSync(join(await builtRamdisk(), 'vmlinuz')), initrd: await dracutInitrd('trixie') })
  const rehearsal = await rehearsed(t, { os: { directory: os, default: 'fedora-43' } })
  const machine = rehearsal.addMachine()
  // As if discovery had been there: the RAM disk's own way is in other tests.
  const database = openDatabase(join(rehearsal.folder.bastionState, 'bastion.sqlite'))
  const facts = sampleFacts()
  new MachineStore(database).put({ id: 'm1', uuid: machine.uuid, serial: machine.serial, macs: [machine.mac], address: '10.77.0.100', facts: { ...facts, firmware: 'bios', system: { ...facts.system, uuid: machine.uuid, serial: machine.serial } }, now: Date.now() })
  database.close()
  const ordered = await rehearsal.labctl(['provision', 'install', machine.mac, 'worker-1', '--os', 'fedora-43'])
  t.equal(ordered.exitCode, 0, ordered.stderr)

  await machine.powerOn()
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
  t.match(line, / labctl\.dhcp=10\.77\.0\.1 /, 'and who leased the address, for what renews the lease')
  for (const name of ['renew-lease.py', 'kickstart-packages.sh']) t.ok(lines.includes(`644 0:0 overlay/${name} ${sumOf(readFileSync(new URL(`../../templates/installer/${name}`, import.meta.url)))}`), name)
  const detail = (await detailOf(rehearsal, machine))!
  t.match(detail.machine.order, { state: 'armed' }, 'nothing was reported yet')
  t.ok(detail.timeline.some(({ phase, text }) => phase === 'kernel' && text.includes('installer’s initramfs')))
})
