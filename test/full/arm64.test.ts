// A real arm64 firmware: as far as it gets without a boot program, and as far as it gets with Debian 13's.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { debian13Ipxe } from '../lib/debian-13-ipxe.ts'
import { bootMs } from '../lib/run-faults.ts'
import { faultyNetwork } from '../lib/stuck-machines.ts'

/** Starts a network whose host has these boot programs. */
const withPrograms = (t: Parameters<typeof faultyNetwork>[0], folder: string) => faultyNetwork(t, {}, async rehearsal => {
  const { exitCode, stderr } = await rehearsal.inside('mount', ['--bind', folder, '/usr/lib/ipxe'])
  if (exitCode !== 0) throw new Error(stderr)
})

t.test('without a boot program for it an arm64 machine gets an address, and the bastion and labctl say what is missing', { timeout: 2_000_000 }, async t => {
  const folder = mkdtempSync('/var/tmp/labctl-ipxe-')
  t.teardown(() => { rmSync(folder, { recursive: true }) })
  for (const file of ['undionly.kpxe', 'snponly.efi', 'ipxe.efi']) copyFileSync(join(await debian13Ipxe(), file), join(folder, file))
  const network = await withPrograms(t, folder)
  t.match(network.rehearsal.bastion.log(), /The boot program ipxe-arm64\.efi \(uefi, arm64\) is not there/)
  const machine = network.rehearsal.addMachine({ firmware: 'uefi-arm64', processors: 1 })
  await machine.powerOn()
  const { verdict, timeline } = await network.until(machine, 'given a verdict', bootMs, known => known.verdict?.code === 'arm64-without-files')
  t.equal(verdict!.code, 'arm64-without-files')
  t.ok(timeline.every(({ detail }) => detail?.architecture === 11), 'it says that it is arm64')
  const { stdout, exitCode } = await network.rehearsal.labctl(['provision', 'describe', machine.mac])
  t.equal(exitCode, 0)
  t.match(stdout, /ipxe-arm64\.efi/)
})

t.test('with Debian 13’s boot program an arm64 machine comes as far as dispatch, and is told on its screen that there is no RAM disk for it', { timeout: 2_000_000 }, async t => {
  const network = await withPrograms(t, await debian13Ipxe())
  const machine = network.rehearsal.addMachine({ firmware: 'uefi-arm64', processors: 1 })
  await machine.powerOn()
  await machine.waitForConsole(/labctl: REFUSED\. No RAM disk for arm64 here; only x86-64/, bootMs)
  await machine.waitForConsole(/labctl: going on with the local disk/, bootMs)
  const { timeline, verdict } = await network.known(machine)
  t.ok(timeline.some(entry => entry.phase === 'tftp' && /ipxe-arm64\.efi/.test(entry.text)), 'it fetched its boot program')
  t.ok(timeline.some(entry => entry.phase === 'dispatched' && /No RAM disk for arm64/.test(entry.text)), timeline.map(({ text }) => text).join('\n'))
  t.equal(verdict, null)
})
