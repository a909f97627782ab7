// Tickets under attack, against the real planes over HTTP with real SQLite: what each attempt gets, and that an operator sees it in list, describe and timeline.
import t, { type Test } from 'tap'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { detailOf } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { runLabctl } from '../../labctl/run-labctl.ts'

const claimants = 1000
const theirs = '127.0.0.10'
const foreign = '127.0.0.66'

/** A discovered machine with an armed order, at its own address; with DHCP owned, that is leased to it, and another one to somebody else. */
async function armed(t: Test, owned = false) {
  const bastion = await startInnerBastion(t, owned)
  const machine = Object.assign(new SimulatedMachine(bastion, 1), { address: theirs })
  if (owned) bastion.lease([[theirs, machine.mac], [foreign, '52:54:00:00:00:66']])
  t.equal((await machine.discover()).status, 200)
  t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201)
  return { bastion, machine }
}

/** Somebody who says that he is the machine. */
const pretender = (bastion: InnerBastion, more: Partial<SimulatedMachine> = {}) => Object.assign(new SimulatedMachine(bastion, 1), { address: foreign }, more)

/** The alarm stands on the timeline, is counted in the list, and is shown by describe. */
async function alarmed(t: Test, bastion: InnerBastion, text: RegExp, count = 1): Promise<void> {
  const { timeline } = await detailOf(bastion, 'worker-1')
  t.equal(timeline.filter(entry => entry.alarm && text.test(entry.text)).length, 1, `one alarm ${text}`)
  const env = { LABCTL_URL: `https://127.0.0.1:${bastion.controlPort}`, LABCTL_PIN: bastion.room.pins[0]!, LABCTL_TOKEN: bastion.token }
  t.match((await runLabctl(t, ['provision', 'list'], { env })).out, new RegExp(` ${count}$`, 'm'))
  const { out } = await runLabctl(t, ['provision', 'describe', 'worker-1'], { env })
  t.ok(out.split('\n').some(line => line.includes('ALARM: ') && text.test(line)), 'describe shows it')
}

const stateOf = async (bastion: InnerBastion) => (await detailOf(bastion, 'worker-1')).machine.order?.state

t.setTimeout(900_000)

t.test('a consumed ticket that is replayed from another address opens nothing, and is an alarm', async t => {
  const { bastion, machine } = await armed(t)
  const script = await machine.dispatch()
  await machine.overlay(script)
  t.equal((await machine.facts()).status, 200)
  t.equal((await machine.overlay(script)).status, 410)
  t.equal((await detailOf(bastion, 'worker-1')).machine.alarms, 0, 'its own firmware asks twice')
  const thief = pretender(bastion)
  t.match(await thief.overlay(script), { status: 410, purpose: undefined })
  t.equal(thief.bearer, '')
  await alarmed(t, bastion, /asked for again from 127\.0\.0\.66/)
  t.equal(await stateOf(bastion), 'installing')
})

t.test(`of ${claimants} claimants of one ticket, each with a key of its own, one is answered`, async t => {
  const { bastion, machine } = await armed(t)
  await machine.overlay(await machine.dispatch())
  const all = await Promise.all(Array.from({ length: claimants }, async () => {
    const claimant = Object.assign(new SimulatedMachine(bastion, 1), { bearer: machine.bearer, address: theirs })
    return { claimant, report: await claimant.report() }
  }))
  const answers = await Promise.all(all.map(({ claimant, report }) => claimant.facts(report)))
  const won = answers.filter(({ status }) => status === 200)
  t.equal(won.length, 1)
  t.equal(answers.filter(({ status }) => status === 410).length, claimants - 1)
  t.same(answers.filter(answer => answer.status !== 200 && /steps\.sh|joinToken/.test(answer.body.toString())), [], 'nobody else is told anything')
  t.equal(await stateOf(bastion), 'contested')
  const { claimant } = all[answers.indexOf(won[0]!)]!
  t.equal((await claimant.progress('disks')).status, 410, 'and the one is suspended too')
  await alarmed(t, bastion, /second key/)
})

t.test('where DHCP is owned, another address gets neither overlay nor conversation', async t => {
  const { bastion, machine } = await armed(t, true)
  const script = await machine.dispatch()
  const thief = pretender(bastion)
  t.match(await thief.overlay(script), { status: 403, purpose: undefined })
  await alarmed(t, bastion, /overlay of .* was asked for from 127\.0\.0\.66/)
  await machine.overlay(script)
  thief.bearer = machine.bearer
  t.equal((await thief.facts()).status, 403)
  await alarmed(t, bastion, /bearer of .* was used from 127\.0\.0\.66/, 2)
  t.equal(await stateOf(bastion), 'armed')
  t.equal((await machine.facts()).status, 200, 'the machine goes on')
})

t.test('where DHCP is not owned, a boot that goes on from another address is an alarm', async t => {
  const { bastion, machine } = await armed(t)
  await machine.overlay(await machine.dispatch())
  machine.address = '127.0.0.11'
  t.equal((await machine.facts()).status, 200)
  await alarmed(t, bastion, /began at 127\.0\.0\.10 and goes on from 127\.0\.0\.11/)
})

t.test('a stranger that asks /dispatch for an armed machine is refused, and changes nothing', async t => {
  const { bastion, machine } = await armed(t, true)
  const stranger = pretender(bastion)
  for (let asked = 0; asked < 3; asked++) t.match(await stranger.dispatch(), /REFUSED.*holds no lease/)
  await alarmed(t, bastion, /holds no lease of that machine\. It asked from 127\.0\.0\.66/)
  t.equal(await stateOf(bastion), 'armed')
  await machine.overlay(await machine.dispatch())
  t.equal((await machine.facts()).status, 200)
  t.match(await stranger.dispatch(), /REFUSED/)
  t.equal(await stateOf(bastion), 'installing', 'nor does it fail an order that is being carried out')
})

t.test('a stolen overlay whose thief is first: the machine contests it, the thief is suspended, a retry is the machine’s', async t => {
  const { bastion, machine } = await armed(t)
  const script = await machine.dispatch()
  await machine.overlay(script)
  const thief = pretender(bastion)
  t.equal((await thief.overlay(script)).status, 200, 'an overlay may be fetched twice')
  t.equal((await thief.facts()).status, 200, 'the thief copied what the machine would say')
  t.equal((await machine.facts()).status, 410)
  t.equal(await stateOf(bastion), 'contested')
  for (const one of [thief, machine]) {
    t.equal((await one.progress('disks')).status, 410)
    t.equal((await one.next()).status, 410)
  }
  const alarms = (await detailOf(bastion, 'worker-1')).timeline.filter(({ alarm }) => alarm)
  t.ok(alarms.some(({ text }) => /goes on from 127\.0\.0\.66/.test(text)) && alarms.some(({ text }) => /second key/.test(text)))
  t.equal((await bastion.control('POST', '/api/machines/worker-1/retry')).status, 200)
  t.equal((await thief.facts()).status, 410)
  await machine.overlay(await machine.dispatch())
  t.equal((await machine.facts()).status, 200)
})

t.test('a stolen overlay whose thief says something else fails the order with nothing touched, and is an alarm', async t => {
  const { bastion, machine } = await armed(t)
  const script = await machine.dispatch()
  const thief = pretender(bastion)
  await thief.overlay(script)
  const refused = await thief.facts(await thief.report({ 'dmi/product_serial': 'EVIL\n' }))
  t.equal(refused.status, 409)
  t.notMatch(refused.body.toString(), /steps\.sh|joinToken/)
  t.equal(await stateOf(bastion), 'failed')
  await alarmed(t, bastion, /does not agree with the record: The serial number was SN-1/)
  t.equal((await machine.overlay(script)).status, 410, 'its ticket is void for everybody')
})
