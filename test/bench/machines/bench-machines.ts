// Sizes of what is fetched, and machines of the rehearsal from power-on to installed. Times are of this machine, under emulation.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makeOverlay } from '../../../bastion/boot/make-overlay.ts'
import type { Rehearsal } from '../../../labctl/rehearsal/rehearsal.ts'
import { startRehearsal } from '../../../labctl/rehearsal/start-rehearsal.ts'
import { prepareUml } from '../../../labctl/rehearsal/uml/prepare-uml.ts'
import type { TimelineEntry } from '../../../protocol/machines.ts'
import type { Manifest } from '../../../protocol/os-sources.ts'
import { installSystemPackages } from '../../../scripts/system-packages.ts'
import { builtImage, builtRamdisk } from '../../lib/cache.ts'
import { discovered, firstBooted } from '../../lib/rehearsed.ts'
import { mib, seconds, type Figures } from '../figures.ts'
import { benchDispatchInRehearsal } from './dispatch-in-rehearsal.ts'

/** Measures them. `qemu`: also with the slow machines. */
export async function benchMachines(figures: Figures, { qemu }: { qemu: boolean }): Promise<void> {
  installSystemPackages()
  const ramdisk = JSON.parse(readFileSync(join(await builtRamdisk(), 'manifest.json'), 'utf8')) as Manifest
  const image = JSON.parse(readFileSync(join(await builtImage(), 'debian-13/manifest.json'), 'utf8')) as Manifest
  await prepareUml(process.env, console.log)
  for (const file of ramdisk.files) figures.note(`RAM disk, ${file.name}`, mib(file.sizeBytes))
  figures.note('kernel and RAM disk without firmware', mib(ramdisk.files.filter(file => file.name !== 'firmware.img').reduce((sum, file) => sum + file.sizeBytes, 0)), '≤ 60 MB')
  figures.note('overlay', `${makeOverlay({ purpose: 'discover', controlUrl: 'https://10.77.0.1:8443', bootUrl: 'http://10.77.0.1:8080', pins: ['A'.repeat(44), 'B'.repeat(44)], epochSeconds: 1, afterwards: 'wait', bearer: 'C'.repeat(22) }).length} bytes`)
  for (const file of image.files) figures.note(`root image, ${file.name}`, mib(file.sizeBytes))

  const folder = mkdtempSync('/var/tmp/labctl-bench-')
  const rehearsal = await startRehearsal({ directory: join(folder, 'r'), config: { os: { stream: 'tar' } } })
  try {
    await delay(5000)
    const { body } = await rehearsal.api('GET', '/health/detailed')
    figures.note('bastion at rest, resident', mib((body as { residentBytes: number }).residentBytes), '≤ 120 MB')
    await benchDispatchInRehearsal(rehearsal, figures)
    await benchInstall(figures, rehearsal, 'uml', 'User-Mode Linux', { inventory: '≤ 5 s', installed: '' })
    if (qemu) await benchInstall(figures, rehearsal, 'qemu', 'QEMU BIOS, TCG', { inventory: '≤ 25 s', installed: '≤ 90 s' })
  } finally {
    await rehearsal.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function benchInstall(figures: Figures, rehearsal: Rehearsal, kind: 'uml' | 'qemu', title: string, aims: { inventory: string, installed: string }): Promise<void> {
  const machine = rehearsal.addMachine({ kind })
  const poweredAt = Date.now()
  await machine.powerOn()
  await discovered(rehearsal, machine, 600_000)
  const orderedAt = Date.now()
  await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: `bench-${kind}` })
  const { timeline } = await firstBooted(rehearsal, machine, 1_200_000)
  const at = (phase: string, nth = 0) => timeline.filter((entry: TimelineEntry) => entry.phase === phase)[nth]?.at ?? Number.NaN
  figures.note(`${title}: first DHCP packet to inventory`, seconds(at('facts') - at('dhcp')), aims.inventory)
  figures.note(`${title}: order to plan answered`, seconds(at('facts', 1) - orderedAt))
  const phases = ['disks', 'image', 'configure', 'reboot', 'first-boot']
  for (const [index, phase] of phases.entries()) figures.note(`${title}: ${index === 0 ? 'plan answered' : phases[index - 1]} to ${phase}`, seconds(at(phase) - (index === 0 ? at('facts', 1) : at(phases[index - 1]!))))
  figures.note(`${title}: power-on to installed`, seconds(at('reboot') - poweredAt), aims.installed)
  await machine.powerOff()
}
