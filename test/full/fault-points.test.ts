// kill -9 of the bastion at every write and every answer of a discovery and an installation: the machine arrives all the same, once.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import t from 'tap'
import { filesOf } from '../lib/installed-machine.ts'
import { SimulatedMachine, startLoopbackBastion, type Answer, type LoopbackBastion } from '../lib/loopback-bastion.ts'

const phases = ['disks', 'image', 'configure', 'reboot']
const preload = new URL('../lib/fault-points.ts', import.meta.url).href

/** Every second point, by turns one before and one after a write; all of them, or those of a list, with LABCTL_TEST_FAULT_POINTS=all or 3,17. */
const given = process.env['LABCTL_TEST_FAULT_POINTS']
const chosen = (index: number): boolean => given === 'all' || (given === undefined ? index % 4 === 0 || index % 4 === 3 : given.split(',').includes(String(index + 1)))

/** What a machine and its operator heard of one life. */
interface Life { restarts: number, plans: string[], ended: string }

/** From first dispatch to first boot. Whoever loses the connection asks again, as the RAM disk, iPXE and labctl do. */
async function live(bastion: LoopbackBastion, number: number, reborn: () => Promise<void>): Promise<Life> {
  const machine = new SimulatedMachine(bastion, number)
  const name = `worker-${number}`
  const life: Life = { restarts: 0, plans: [], ended: '' }
  const insist = async <T>(ask: () => Promise<T>): Promise<T> => {
    for (;;) {
      try { return await ask() } catch (error) {
        if (life.restarts > 3) throw error
        life.restarts += 1
        await reborn()
      }
    }
  }
  const boot = async () => { await insist(async () => machine.overlay(await machine.dispatch())) }
  const wanted = (what: string, answer: Answer, status: number) => { if (answer.status !== status) throw new Error(`${what} was answered ${answer.status}: ${answer.body.toString()}`) }
  await boot()
  wanted('discovery', await insist(() => machine.facts()), 200)
  const ordered = await insist(() => bastion.control('POST', '/api/install', { machine: machine.mac, name }))
  // An order whose answer was lost is there; asking again is told so.
  if (ordered.status !== 201 && ordered.status !== 409) wanted('the order', ordered, 201)
  await boot()
  const facts = await insist(() => machine.facts())
  wanted('the facts', facts, 200)
  life.plans.push((await filesOf(facts))['plan.json']!)
  for (const phase of phases) wanted(phase, await insist(() => machine.progress(phase, { attempt: 1 })), 204)
  const script = await insist(() => machine.dispatch())
  const { machine: seen } = (await insist(() => bastion.control('GET', `/api/machines/${name}`))).json() as { machine: { order: { id: string } } }
  wanted('the first boot', await insist(() => machine.firstBoot(seen.order.id, 1)), 204)
  life.ended = /is installed(.|\n)*sanboot/.test(script) ? 'installed' : script
  return life
}

t.test('the bastion can be killed at any write and any answer, and each machine is installed once', async t => {
  const bastion = await startLoopbackBastion(t)
  const faults = { nodeArguments: ['--import', preload], env: { LABCTL_TEST_FAULTS: bastion.folder } }
  const wish = (life: number, at: number) => { writeFileSync(join(bastion.folder, 'wish'), `life${life} ${at}`) }
  const pointsOf = (life: number) => readFileSync(join(bastion.folder, 'points'), 'utf8').split('\n').filter(line => line.startsWith(`life${life} `)).map(line => line.split(' ').slice(2).join(' '))
  const reborn = async () => {
    writeFileSync(join(bastion.folder, 'wish'), '')
    await bastion.kill()
    await bastion.start(faults)
  }
  await reborn()
  wish(1, 0)
  t.match(await live(bastion, 1, reborn), { restarts: 0, ended: 'installed' })
  const points = pointsOf(1)
  t.ok(points.length >= 50, `${points.length} points: ${[...new Set(points)].join(', ')}`)
  for (const [index, name] of points.entries()) {
    if (!chosen(index)) continue
    const number = index + 2
    wish(number, index + 1)
    const life = await live(bastion, number, reborn)
    // A point after the last answer was sent is noticed by nobody before the next life.
    if (life.restarts === 0) await reborn()
    const database = new Sqlite(join(bastion.folder, 'state/bastion.sqlite'), { readonly: true })
    const orders = database.prepare<[string], { state: string, attempt: number, consumed_attempt: number }>('SELECT state, attempt, consumed_attempt FROM orders WHERE name = ?').all(`worker-${number}`)
    const check = database.pragma('integrity_check', { simple: true })
    database.close()
    t.same({ ended: life.ended, restarts: life.restarts <= 1, orders, check }, { ended: 'installed', restarts: true, orders: [{ state: 'done', attempt: 1, consumed_attempt: 1 }], check: 'ok' }, `killed at point ${index + 1}, ${name}`)
  }
})
