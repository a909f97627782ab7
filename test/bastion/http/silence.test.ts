// Verdicts and strangers as the real daemon tells them: from what its own boot plane saw.
import { once } from 'node:events'
import { truncateSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { openDatabase } from '../../../bastion/platform/database.ts'
import type { MachineDetail, MachineSummary, Stranger, TimelineEntry } from '../../../protocol/machines.ts'
import { SimulatedMachine, startLoopbackBastion } from '../../lib/loopback-bastion.ts'

t.test('silent machines', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  const database = openDatabase(join(bastion.folder, 'state', 'bastion.sqlite'))
  t.teardown(() => { database.close() })
  /** Lets time pass, as far as the timeline and orders go. */
  const pass = (seconds: number) => {
    database.prepare('UPDATE timeline SET at = at - ?').run(seconds * 1000)
    database.prepare('UPDATE orders SET updated_at = updated_at - ?, created_at = created_at - ?').run(seconds * 1000, seconds * 1000)
  }
  const list = async () => (await bastion.control('GET', '/api/machines')).json()['machines'] as MachineSummary[]
  const strangers = async () => (await bastion.control('GET', '/api/strangers')).json()['strangers'] as Stranger[]

  await t.test('what the boot plane sends becomes evidence on the timeline, and a stranger that stops there has a verdict', async t => {
    const script = await machine.dispatch()
    await bastion.boot('/ramdisk/vmlinuz')
    await bastion.boot('/ramdisk/none')
    t.same((await list()), [])
    const [stranger] = await strangers()
    t.match(stranger, { mac: machine.mac, phase: 'fetch', text: /^Fetched vmlinuz over HTTP \(0\.0 MB in \d+\.\d s\)\.$/, verdict: null })
    pass(150)
    t.match(await strangers(), [{ mac: machine.mac, verdict: { code: 'kernel-without-ramdisk', because: /^Last seen: “Fetched vmlinuz.*nothing else for 2 min\. Its memory/ } }])
    const one = (await bastion.control('GET', `/api/strangers/${machine.mac.toUpperCase()}`)).json() as { stranger: Stranger, timeline: TimelineEntry[] }
    t.equal(one.stranger.verdict?.code, 'kernel-without-ramdisk')
    t.strictSame(one.timeline.map(entry => [entry.phase, entry.detail]), [['dispatched', { what: 'ramdisk' }], ['fetch', { what: 'fetched', file: 'vmlinuz' }]])
    await machine.overlay(script)
    t.equal((await strangers())[0]?.verdict, null, 'it has spoken again')
  })

  await t.test('a stranger that is discovered is one no more, and nobody is a stranger that was never seen', async t => {
    await machine.facts()
    t.same(await strangers(), [])
    t.match((await list()), [{ macs: [machine.mac], verdict: null }])
    t.match((await bastion.control('GET', `/api/strangers/${machine.mac}`)).json(), { status: 404, code: 'BST_NOT_FOUND' })
    t.match((await bastion.control('GET', '/api/strangers/nonsense')).json(), { status: 404 })
  })

  await t.test('an order that nobody comes for has a verdict, which is gone once the machine takes it, and nothing was changed by it', async t => {
    t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201)
    pass(1000)
    const before = database.prepare('SELECT * FROM orders').all()
    const [silent] = await list()
    t.match(silent, { verdict: { code: 'armed-not-seen', nextStep: /Switch it on/ } })
    const detail = (await bastion.control('GET', '/api/machines/worker-1')).json() as unknown as MachineDetail
    t.equal(detail.machine.verdict?.code, 'armed-not-seen')
    t.strictSame(database.prepare('SELECT * FROM orders').all(), before)
    await machine.overlay(await machine.dispatch())
    t.equal((await list())[0]?.verdict, null)
    await machine.facts()
    t.equal((await list())[0]?.verdict, null)
    pass(400)
    t.equal((await list())[0]?.verdict?.code, 'plan-no-disks')
    await machine.progress('disks')
    t.equal((await list())[0]?.verdict, null)
  })

  await t.test('while a file is on its way there is no silence, and one that breaks off is told as such', async t => {
    truncateSync(join(bastion.folder, 'ramdisk', 'ramdisk.img'), 64 * 2 ** 20)
    const other = new SimulatedMachine(bastion, 2)
    await other.dispatch()
    const socket = connect(bastion.bootPort, '127.0.0.1')
    socket.write('GET /ramdisk/ramdisk.img HTTP/1.1\r\nHost: x\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    pass(300)
    t.match(await strangers(), [{ mac: other.mac, verdict: null }])
    socket.destroy()
    const last = async () => (await strangers())[0]!
    while ((await last()).phase !== 'fetch') await sleep(20)
    t.match(await last(), { text: /^Stopped fetching ramdisk\.img over HTTP after/, verdict: null })
    pass(130)
    t.match(await last(), { verdict: { code: 'script-broken', because: /in the middle of ramdisk\.img/ } })
  })
})
