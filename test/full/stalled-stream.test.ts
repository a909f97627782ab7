// The bastion stops in the midst of sending the root image without closing anything, for longer than the machine waits for one connection: the installation goes on where it was.
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { discovered, rehearsed, waitFor } from '../lib/rehearsed.ts'

const minutes = (count: number) => count * 60_000

t.test('a stream that stalls is asked for again, and the installation ends as if nothing had been', { timeout: minutes(30) }, async t => {
  const rehearsal = await rehearsed(t)
  const machine = rehearsal.addMachine({ kind: 'uml' })
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => rehearsal.keeper.ask('signal', { name: 'bastion', signal: name })
  await machine.powerOn()
  await discovered(rehearsal, machine, minutes(8))
  t.match(await rehearsal.api('POST', '/api/install', { machine: machine.mac, name: 'worker-1' }), { status: 201 })
  await machine.waitForConsole(/labctl: image 0 %/, minutes(5))
  await signal('SIGSTOP')
  await machine.waitForConsole(/labctl: image interrupted at byte \d+/, minutes(3))
  t.notMatch(machine.consoleText(), /labctl: (failed|configure)/)
  await delay(10_000)
  await signal('SIGCONT')
  const { machine: seen, orders } = await waitFor(rehearsal, machine, 'installed', minutes(15), detail => detail.machine.order?.state !== 'installing')
  t.match(seen, { state: 'installed', order: { state: 'done', attempt: 1 } })
  t.equal(orders.length, 1)
})
