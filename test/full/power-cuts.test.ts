// The machine's plug is pulled in every phase of an installation, on real LVM and with a real root image: what the bastion makes of it, what the operator is told, and that the next attempt completes.
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Machine } from '../../labctl/rehearsal/machine.ts'
import type { Rehearsal } from '../../labctl/rehearsal/rehearsal.ts'
import type { MachineDetail } from '../../protocol/machines.ts'
import { detailOf, discovered, firstBooted, rehearsed } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000
const consumed = (detail: MachineDetail) => detail.timeline.filter(entry => /The order is consumed/.test(entry.text)).length
const cameBack = 'worker-1 came back without finishing its installation.'

/** What is known at a moment: by the bastion, since the timeline's entry `since`; and on the machine's console since it was switched on. */
interface Moment { detail: MachineDetail, since: number, console: string }

/** A discovered machine, off, with an order to install it. */
async function ordered(t: Test, rehearsal: Rehearsal, name: string): Promise<Machine> {
  const machine = rehearsal.addMachine({ kind: 'uml' })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(10))
  await machine.powerOff()
  const { exitCode, stderr } = await rehearsal.labctl(['provision', 'install', machine.mac, name])
  t.equal(exitCode, 0, stderr)
  return machine
}

/** Switches it on and pulls the plug as soon as `reached`; gives what the bastion knows then. */
async function cutWhen(rehearsal: Rehearsal, machine: Machine, what: string, reached: (moment: Moment) => boolean): Promise<MachineDetail> {
  const since = (await detailOf(rehearsal, machine))!.timeline.at(-1)?.id ?? 0
  await machine.powerOn()
  const until = Date.now() + minutes(12)
  for (;;) {
    const detail = (await detailOf(rehearsal, machine))!
    if (reached({ detail, since, console: machine.consoleText() })) {
      await machine.powerOff()
      return (await detailOf(rehearsal, machine))!
    }
    if (Date.now() > until || !await machine.isOn()) throw new Error(`${machine.name} did not come to ${what}:\n${machine.consoleTail(40)}\n${JSON.stringify(detail.timeline.slice(-8))}`)
    await delay(30)
  }
}

const hasCome = (phase: string) => ({ detail, since }: Moment) => detail.timeline.some(entry => entry.id > since && entry.phase === phase)
const orderIsAt = (phase: string) => ({ detail: { machine } }: Moment) => machine.order?.phase === phase

/** What labctl says of an order that failed so. */
async function tellsOperator(t: Test, rehearsal: Rehearsal): Promise<void> {
  const watched = await rehearsal.labctl(['provision', 'watch', 'worker-1'])
  t.equal(watched.exitCode, 1, 'watch ends with 1')
  t.match(watched.stderr, /The order for worker-1 is failed: worker-1 came back without finishing its installation\.(.|\n)*labctl provision retry worker-1/)
  const described = await rehearsal.labctl(['provision', 'describe', 'worker-1'])
  t.equal(described.exitCode, 0)
  t.match(described.stdout, /failed(.|\n)*came back without finishing its installation\.(.|\n)*labctl provision retry worker-1/)
  t.match((await rehearsal.labctl(['provision', 'list'])).stdout, /worker-1.*failed/)
}

t.test('whenever its power fails, a machine goes on or its order fails with the reason, its disk is booted, and the next attempt completes', { timeout: minutes(60) }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = await ordered(t, rehearsal, 'worker-1')
  const before = await machine.diskChecksum()

  t.comment('before its facts nothing has begun: the order is still armed, and goes on when power is back')
  for (const [phase, reached] of Object.entries({ dhcp: hasCome('dhcp'), kernel: hasCome('kernel'), ramdisk: ({ console }: Moment) => /labctl: starting to install/.test(console) })) {
    const detail = await cutWhen(rehearsal, machine, phase, reached)
    t.match(detail.machine, { state: 'discovered', order: { state: 'armed', attempt: 1, because: null } }, phase)
    t.equal(consumed(detail), 0, `${phase}: nothing is consumed`)
  }
  t.equal(await machine.diskChecksum(), before, 'the disk is untouched')

  t.comment('from its facts on the attempt is over, and nothing begins without a word of the operator')
  for (const [index, phase] of ['facts', 'disks', 'image', 'configure'].entries()) {
    const attempt = index + 1
    const order = async () => (await detailOf(rehearsal, machine))!.machine.order
    const cut = await cutWhen(rehearsal, machine, phase, orderIsAt(phase))
    t.match(cut.machine.order, { state: 'installing', attempt }, `${phase}: nobody knows of it yet`)
    for (const boot of ['the first', 'the second']) {
      await machine.powerOn()
      await machine.waitForExit(minutes(4))
      t.match(machine.consoleText(), /labctl: .*worker-1 came back without finishing its installation\./, `${phase}, ${boot} boot: its screen says so`)
      t.match(machine.consoleText(), /no bootable device|no root to start was found/, `${phase}, ${boot} boot: its disk is booted`)
      t.match(await order(), { state: 'failed', attempt, because: cameBack }, `${phase}, ${boot} boot`)
    }
    t.equal(consumed((await detailOf(rehearsal, machine))!), attempt, `${phase}: each attempt was begun once`)
    if (index < 2) await tellsOperator(t, rehearsal)
    const { exitCode, stderr, stdout } = await rehearsal.labctl(['provision', 'retry', 'worker-1'])
    t.equal(exitCode, 0, `${phase}: ${stdout}${stderr}`)
    t.match(await order(), { state: 'armed', attempt: attempt + 1 })
  }
})

t.test('whatever of its last words is lost with the power, a machine that has everything on its disk is installed by its first boot', { timeout: minutes(60) }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = await ordered(t, rehearsal, 'worker-1')

  t.comment('everything is on the disk, and nobody has heard it: the first boot sets it right, even if it is cut short once')
  await machine.powerOn()
  await machine.waitForConsole(/labctl: configure boot disk: /, minutes(10))
  await rehearsal.killBastion9()
  await machine.waitForConsole(/does not take the report|labctl: 1 disk, \d+ volumes found/, minutes(4), machine.mark())
  await machine.powerOff()
  await rehearsal.startBastion()
  t.match((await detailOf(rehearsal, machine))!.machine.order, { state: 'installing', attempt: 1 })
  await machine.powerOn()
  await machine.waitForConsole(/Welcome to .*Debian/, minutes(6))
  await machine.powerOff()
  const cut = (await detailOf(rehearsal, machine))!
  t.match(cut.machine.order, { state: 'failed', attempt: 1, because: cameBack })
  t.notOk(cut.timeline.some(entry => entry.phase === 'first-boot'), 'the first boot has not been heard')
  await machine.powerOn()
  const detail = await firstBooted(rehearsal, machine, minutes(15))
  t.match(detail.machine, { name: 'worker-1', state: 'installed', order: { state: 'done', attempt: 1 } })
  t.same({ consumed: consumed(detail), orders: detail.orders.length, firstBoots: detail.timeline.filter(entry => entry.phase === 'first-boot').length }, { consumed: 1, orders: 1, firstBoots: 1 }, 'installed once')
  await machine.powerOff()

  t.comment('it has said that it restarts, and does not: it is installed, and boots its disk whenever it is switched on')
  const other = await ordered(t, rehearsal, 'worker-2')
  const restarting = await cutWhen(rehearsal, other, 'reboot', ({ detail: { machine } }) => machine.state === 'installed')
  t.match(restarting.machine, { state: 'installed', order: { state: 'done', attempt: 1 } })
  await other.powerOn()
  const after = await firstBooted(rehearsal, other, minutes(15))
  t.match(after.machine, { name: 'worker-2', state: 'installed', order: { state: 'done', attempt: 1 }, alarms: 0 })
  t.equal(consumed(after), 1, 'installed once')
})
