// Machines that nobody touches: one is armed by a rule when it is discovered, one has an order from before it was seen. Each is switched on once, and ends with a system of its own.
import t from 'tap'
import { detailOf, firstBooted, rehearsed } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000
const rule = { name: 'small', match: { vendor: 'labctl', disks: { least: 1, most: 1 }, serials: ['REHEARSAL-1', 'REHEARSAL-2'] }, machineName: 'worker-{n}', most: 1 }

t.test('switched on once: by a rule, and by an order that names serial and disk; a rule that has had its machines arms no further one', { timeout: minutes(40) }, async t => {
  const rehearsal = await rehearsed(t, { rules: { enabled: true, list: [rule] } })
  const [first, second, third] = [rehearsal.addMachine({ kind: 'uml' }), rehearsal.addMachine({ kind: 'uml' }), rehearsal.addMachine({ kind: 'uml' })]
  await first.powerOn()
  const ruled = await firstBooted(rehearsal, first, minutes(12))
  t.match(ruled.machine, { name: 'worker-1', state: 'installed', order: { kind: 'install', state: 'done', attempt: 1 } })
  t.ok(ruled.timeline.some(({ text }) => text.startsWith('The rule small ordered: install debian-13 as worker-1')))
  await first.powerOff()

  await second.powerOn()
  for (const until = Date.now() + minutes(4); Date.now() < until && (await detailOf(rehearsal, second))?.machine.waiting !== true;) await new Promise(resolve => { setTimeout(resolve, 500) })
  const spared = (await detailOf(rehearsal, second))!
  t.match(spared.machine, { order: null, waiting: true })
  t.match(spared.timeline.filter(({ evidence }) => evidence === 'bastion').map(({ text }) => text), [/The rule small fits, and arms nothing: The rule has armed 1 machines, and may arm 1/])
  t.match((await rehearsal.labctl(['provision', 'rules', '--explain', second.mac])).stdout, /small: fits, and counts[^]*The rule has armed 1 machines/)
  await second.powerOff()

  const { serial, disks } = third.spec
  const ordered = await rehearsal.labctl(['provision', 'install', third.mac, 'ahead-1', '--serial', serial, '--disk', disks[0]!.serial])
  t.equal(ordered.exitCode, 0, ordered.stderr)
  t.match((await rehearsal.labctl(['provision', 'list'])).stdout, /ahead-1 +expected +install: armed/)
  await third.powerOn()
  const ahead = await firstBooted(rehearsal, third, minutes(12))
  t.match(ahead.machine, { name: 'ahead-1', state: 'installed', order: { state: 'done', attempt: 1 } })
  t.ok(ahead.timeline.some(({ text }) => /It is the machine that was meant: serial .*, disk .* are as the order names them/.test(text)))
})
