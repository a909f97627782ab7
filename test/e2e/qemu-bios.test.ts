// Real BIOS, real iPXE, real dnsmasq, real Debian: two machines at once are discovered, one is installed and boots from its disk.
import t from 'tap'
import { detailOf, discovered, firstBooted, rehearsed } from '../lib/rehearsed.ts'

t.test('two BIOS machines started at once are both discovered; one is installed and boots its own disk', { timeout: 1_400_000 }, async t => {
  const rehearsal = await rehearsed(t)
  const machines = [rehearsal.addMachine({ product: 'Evil"; $(reboot) \u001b[31m' }), rehearsal.addMachine()] as const
  const [installed, other] = machines
  const before = await Promise.all(machines.map(machine => machine.diskChecksum()))

  await Promise.all(machines.map(machine => machine.powerOn()))
  const details = await Promise.all(machines.map(machine => discovered(rehearsal, machine, 300_000)))
  for (const [index, detail] of details.entries()) {
    t.match(detail.facts, { firmware: 'bios', architecture: 'x86_64', system: { uuid: machines[index]!.uuid, serial: machines[index]!.serial }, disks: [{ serial: machines[index]!.spec.disks[0]!.serial, partitions: [] }], nics: [{ mac: machines[index]!.mac, driver: 'virtio_net' }] })
    t.same([...new Set(detail.timeline.map(entry => entry.phase))].filter(phase => ['dhcp', 'dispatched', 'kernel', 'ramdisk', 'facts'].includes(phase)), ['dhcp', 'dispatched', 'kernel', 'ramdisk', 'facts'])
    t.equal(detail.machine.alarms, 0)
  }
  await t.test('the disk has the same checksum before and after discovery', async t => {
    t.same(await Promise.all(machines.map(machine => machine.diskChecksum())), before)
  })
  await t.test('a hostile product name is text in labctl’s tables', async t => {
    const { stdout, exitCode } = await rehearsal.labctl(['provision', 'list'])
    t.equal(exitCode, 0)
    t.match(stdout, /Evil"; \$\(reboot\)/)
    t.notMatch(stdout, /\u001b\[31m/)
  })
  await other.powerOff()
  await t.test('a machine that claims another’s UUID is refused on its screen by a real iPXE, raises an alarm, and gets nothing', async t => {
    const clone = rehearsal.addMachine({ uuid: other.uuid })
    await clone.powerOn()
    await clone.waitForConsole(/labctl: REFUSED\. two machines have the UUID/, 120_000)
    await clone.powerOff()
    t.equal((await detailOf(rehearsal, other))!.machine.state, 'discovered')
    t.match(await rehearsal.api('GET', `/api/machines/${clone.mac}`), { status: 404 })
  })

  const ordered = await rehearsal.labctl(['provision', 'install', installed.mac, 'worker-1'])
  t.equal(ordered.exitCode, 0, ordered.stderr)
  const watched = rehearsal.labctl(['provision', 'watch', 'worker-1'], 900_000)
  const detail = await firstBooted(rehearsal, installed, 900_000)
  t.match(await installed.waitForConsole(/worker-1 login:/, 300_000), { 0: 'worker-1 login:' })
  t.match(detail.machine, { name: 'worker-1', state: 'installed', order: { state: 'done', attempt: 1 }, alarms: 0 })
  t.same(detail.timeline.filter(entry => ['disks', 'image', 'configure', 'reboot', 'first-boot'].includes(entry.phase)).map(entry => entry.phase), ['disks', 'image', 'configure', 'configure', 'reboot', 'first-boot'])
  const { stdout, exitCode } = await watched
  t.equal(exitCode, 0, stdout)
  t.match(stdout, /worker-1/)
  t.match(await detailOf(rehearsal, other), { machine: { state: 'discovered' } }, 'the other machine was left alone')
  t.equal(await other.diskChecksum(), before[1])
})
