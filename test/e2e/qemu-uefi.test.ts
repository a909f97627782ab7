import t from 'tap'
import { demandOverSsh } from '../../labctl/rehearsal/run-over-ssh.ts'
import { discovered, firstBooted, rehearsed } from '../lib/rehearsed.ts'

t.test('a UEFI machine boots by TFTP and iPXE and is discovered, its disk untouched; then it is installed, and its firmware starts it from its own disk', { timeout: 1_400_000 }, async t => {
  const rehearsal = await rehearsed(t, {}, { operatorKey: true })
  const machine = rehearsal.addMachine({ firmware: 'uefi' })
  const before = await machine.diskChecksum()
  await machine.powerOn()
  const { facts, timeline } = await discovered(rehearsal, machine, 500_000)
  t.match(facts, { firmware: 'uefi', system: { uuid: machine.uuid, serial: machine.serial } })
  t.ok(facts!.boot.order.length > 0, 'the boot order is known')
  t.ok(timeline.some(entry => entry.phase === 'tftp' && /snponly\.efi/.test(entry.text)), 'the boot program was seen to be fetched')
  t.equal(await machine.diskChecksum(), before)

  const ordered = await rehearsal.labctl(['provision', 'install', machine.mac, 'worker-1'])
  t.equal(ordered.exitCode, 0, ordered.stderr)
  const detail = await firstBooted(rehearsal, machine, 900_000)
  t.match(detail.machine, { name: 'worker-1', state: 'installed', order: { state: 'done', attempt: 1 }, alarms: 0 })
  t.match(detail.timeline.find(entry => entry.text.startsWith('boot order: '))?.text, /^boot order: [0-9A-F]{4} labctl, .*PXEv4/, 'the boot order that the firmware took is told')
  t.match(await machine.waitForConsole(/starting Boot[0-9A-F]{4} "labctl"/, 60_000), { index: /\d/ })
  const entries = await demandOverSsh(rehearsal, machine, 'efibootmgr', 180_000)
  t.equal(entries.match(/^Boot[0-9A-F]{4}\*? labctl\b/gm)?.length, 1, entries)
  t.match(entries, new RegExp(`^BootCurrent: ${/^Boot([0-9A-F]{4})\*? labctl\b/m.exec(entries)?.[1]}$`, 'm'), 'it was started by our entry')
})
