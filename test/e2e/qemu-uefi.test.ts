import t from 'tap'
import { discovered, rehearsed } from '../lib/rehearsed.ts'

t.test('a UEFI machine boots by TFTP and iPXE and is discovered, its disk untouched', { timeout: 600_000 }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = rehearsal.addMachine({ firmware: 'uefi' })
  const before = await machine.diskChecksum()
  await machine.powerOn()
  const { facts, timeline } = await discovered(rehearsal, machine, 500_000)
  t.match(facts, { firmware: 'uefi', system: { uuid: machine.uuid, serial: machine.serial } })
  t.ok(facts!.boot.order.length > 0, 'the boot order is known')
  t.ok(timeline.some(entry => entry.phase === 'tftp' && /snponly\.efi/.test(entry.text)), 'the boot program was seen to be fetched')
  t.equal(await machine.diskChecksum(), before)
})
