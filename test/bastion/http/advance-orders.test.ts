// Orders for machines never seen, against the real control plane: from the order to the answer that the machine gets.
import t, { type Test } from 'tap'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { detailOf, filesOf } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { runLabctl, type Ran } from '../../labctl/run-labctl.ts'

t.setTimeout(900_000)

const disk = 'disk-SN-1'
const install = (bastion: InnerBastion, machine: string, name: string, more: object = {}) => bastion.control('POST', '/api/install', { machine, name, ...more })
const machines = async (bastion: InnerBastion) => ((await bastion.control('GET', '/api/machines')).json() as { machines: { name: string | null, state: string, macs: string[], order: { state: string } | null }[] }).machines
const codes = (answer: { json: () => Record<string, unknown> }) => (answer.json()['refusals'] as { code: string }[]).map(({ code }) => code)
const texts = async (bastion: InnerBastion, machine: string) => (await detailOf(bastion, machine)).timeline.map(({ text }) => text)

async function unseen(t: Test, number = 1): Promise<{ bastion: InnerBastion, machine: SimulatedMachine, labctl: (...argv: string[]) => Promise<Ran> }> {
  const bastion = await startInnerBastion(t)
  const env = { LABCTL_URL: `https://127.0.0.1:${bastion.controlPort}`, LABCTL_PIN: bastion.room.pins[0]!, LABCTL_TOKEN: bastion.token }
  return { bastion, machine: new SimulatedMachine(bastion, number), labctl: (...argv) => runLabctl(t, ['provision', ...argv], { env }) }
}

t.test('an order that names serial and disk goes on at once: discovered, armed and answered in one boot', async t => {
  const { bastion, machine } = await unseen(t)
  const ordered = await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] } })
  t.match([ordered.status, ordered.json()], [201, { state: 'armed', name: 'worker-1', because: null }])
  t.match(await machines(bastion), [{ name: 'worker-1', state: 'expected', macs: [machine.mac], order: { state: 'armed' } }])
  const expected = await detailOf(bastion, 'worker-1')
  t.match(expected, { facts: null, machine: { lastSeenAt: 0, verdict: null }, timeline: [{ text: /before the machine was ever seen: install debian-13 as worker-1/ }] })

  const script = await machine.dispatch()
  t.match(script, /ordered already, as worker-1: discover it/)
  t.equal((await machine.overlay(script)).purpose, 'discover')
  t.equal((await machine.facts()).status, 200)
  const detail = await detailOf(bastion, 'worker-1')
  t.match(detail.machine, { id: expected.machine.id, state: 'discovered', order: { state: 'armed', name: 'worker-1' } }, 'it goes by the id that it was expected under')
  t.match(detail.timeline.map(({ text }) => text), [/before the machine was ever seen/, /Never seen, and ordered already/, /kernel/, /Discovered/, /before it was seen, ordered: install/, /It is the machine that was meant: serial SN-1, disk disk-SN-1 are as the order names them/])
  const next = await machine.next()
  t.equal(next.type, 'application/x-cpio', 'its first poll brings the order')
  machine.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(next.body.toString('latin1'))![1]!
  const answer = await machine.facts()
  t.equal((await filesOf(answer))['kind'], 'install\n')
  t.match((await detailOf(bastion, 'worker-1')).machine, { name: 'worker-1', order: { state: 'installing', attempt: 1 } })
  t.match((await machines(bastion)).map(({ state }) => state), ['discovered'])
})

t.test('an order that names only a MAC stops after discovery and asks; confirming arms it', async t => {
  const { bastion, machine, labctl } = await unseen(t)
  const ordered = await labctl('install', machine.mac, 'worker-1')
  t.equal(ordered.code, 0, ordered.err)
  t.match(ordered.out, /was never seen[^]*asks[^]*provision confirm worker-1/)
  t.match((await labctl('list')).out, /worker-1 +expected +install: armed +52:54:00:00:00:01.*never/)
  t.match((await labctl('describe', 'worker-1')).out, /Not known yet/)
  await machine.discover()
  const detail = await detailOf(bastion, machine.mac)
  t.match(detail.machine, { name: 'worker-1', state: 'discovered', order: { state: 'unconfirmed', because: /Only its MAC says that this is the machine: the order names no serial or UUID of the system and no disk by its serial/ } })
  t.equal((await machine.next()).body.toString(), 'wait', 'and it waits')
  t.match((await labctl('list')).out, /worker-1 +discovered, waiting +install: unconfirmed/)
  t.match((await labctl('describe', machine.mac)).out, /install: unconfirmed[^]*labctl provision confirm worker-1/)
  const watched = await labctl('watch', 'worker-1')
  t.match([watched.code, watched.err], [4, /waits for a confirmation[^]*labctl provision confirm worker-1/])
  t.match([(await labctl('confirm', 'worker-1')).code, (await detailOf(bastion, machine.mac)).machine.order?.state], [2, 'unconfirmed'], 'nobody said yes')
  const confirmed = await labctl('confirm', 'worker-1', '--yes')
  t.equal(confirmed.code, 0, confirmed.err)
  t.match(confirmed.out, /SN-1[^]*disk-SN-1[^]*Armed: install debian-13 on worker-1/)
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'armed', name: 'worker-1', planShown: true })
  t.equal((await machine.next()).type, 'application/x-cpio')
  t.match(await labctl('confirm', 'worker-1', '--yes'), { code: 4, err: /no order that waits for a confirmation/ })
})

t.test('labctl watches a machine from before it was seen until it is installed', async t => {
  const { bastion, machine, labctl } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] } })
  const watched = labctl('watch', 'worker-1')
  await new Promise(resolve => { setTimeout(resolve, 1500) })
  await machine.discover()
  const next = await machine.next()
  machine.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(next.body.toString('latin1'))![1]!
  await machine.facts()
  for (const phase of ['disks', 'image', 'configure', 'reboot']) t.equal((await machine.progress(phase)).status, 204)
  const { code, out, err } = await watched
  t.equal(code, 0, err)
  t.match(out, /^worker-1: install debian-13 as worker-1, armed[^]*ordered already, as worker-1: discover it[^]*It is the machine that was meant[^]*Done: worker-1 runs debian-13/)
})

t.test('a second machine that claims the MAC of one that came is in limbo, and gets nothing of its order', async t => {
  const { bastion, machine } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] } })
  const thief = new SimulatedMachine(bastion, 2)
  Object.assign(thief, { mac: machine.mac })
  await thief.discover()
  t.match((await detailOf(bastion, 'worker-1')).machine, { serial: 'SN-2', order: { state: 'unconfirmed', because: /names serial SN-1, and the machine has SN-2/ } }, 'who came first had not what the order names')
  t.match(await machine.dispatch(), /is recorded on another board/)
  t.match((await detailOf(bastion, 'worker-1')).machine, { alarms: 1, order: { state: 'unconfirmed' } })
})

t.test('what the order names and the machine does not have leaves it unconfirmed, with both told', async t => {
  const { bastion, machine } = await unseen(t)
  for (const [identity, because] of [
    [{ serial: 'OTHER', disks: [disk] }, /the order names serial OTHER, and the machine has SN-1/],
    [{ serial: 'SN-1', disks: ['OTHER'] }, /the order names disk OTHER, and the machine has virtio-disk-SN-1/],
    [{ uuid: '5e9b7a10-0000-4000-8000-0000000000ff', disks: [disk] }, /UUID 5e9b7a10-0000-4000-8000-0000000000ff, and the machine has 5e9b7a10-0000-4000-8000-000000000001/],
    [{ serial: 'SN-1' }, /no disk by its serial/], [{ disks: [disk] }, /no serial or UUID of the system/],
  ] as const) {
    await install(bastion, machine.mac, 'worker-1', { identity })
    await new SimulatedMachine(bastion, 1).discover()
    const { machine: seen, orders } = await detailOf(bastion, machine.mac)
    t.match([seen.order, orders.length], [{ state: 'unconfirmed', because }, 1])
    t.equal((await bastion.control('DELETE', `/api/machines/${machine.mac}`)).status, 204)
    t.same(await machines(bastion), [], 'forgetting the machine forgets its order')
  }
  await install(bastion, machine.mac, 'worker-1', { identity: { uuid: machine.uuid.toUpperCase(), disks: [disk] } })
  await machine.discover()
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'armed' }, 'a UUID proves it as a serial does')
})

t.test('names, MACs and serials that clash are refused, and nothing is kept', async t => {
  const { bastion, machine } = await unseen(t)
  await machine.discover()
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
  const other = '52:54:00:00:00:99'
  t.same(codes(await install(bastion, other, 'worker-1')), ['name-taken'], 'the name of an armed order')
  t.same(codes(await install(bastion, other, 'Worker 1')), ['name-invalid'])
  t.same(codes(await install(bastion, other, 'worker-2', { role: 'nobody', os: 'plan-9' })), ['role-unknown', 'os-missing'])
  t.same(codes(await install(bastion, other, 'worker-2', { identity: { serial: 'SN-1' } })), ['identity-known'], 'a serial of a machine that is known by another MAC')
  t.same(codes(await install(bastion, other, 'worker-2', { identity: { serial: 'Default string', disks: ['0000'] } })), ['identity-junk', 'identity-junk'])
  t.same(codes(await install(bastion, other, 'worker-2', { shown: 'a'.repeat(64) })), ['plan-unknown'])
  t.same(codes(await install(bastion, other, 'worker-2', { settings: { users: [{ name: 'root' }] } })), ['settings-invalid'])
  t.match((await machines(bastion)).map(({ state }) => state), ['discovered'])
  t.equal((await install(bastion, other, 'worker-2')).status, 201)
  t.same(codes(await install(bastion, other, 'worker-3')), ['order-open'], 'a second order for one MAC')
  t.same(codes(await install(bastion, '52:54:00:00:00:98', 'worker-2')), ['name-taken'], 'a second order of one name')
  await bastion.control('POST', `/api/machines/${machine.mac}/cancel`)
  t.same(codes(await install(bastion, machine.mac, 'worker-2')), ['name-taken'], 'for a machine that is there, too')
  t.match((await install(bastion, 'worker-9', 'worker-9')).json(), { code: 'BST_NOT_FOUND' }, 'a name that nobody has is no MAC')
  t.match((await bastion.control('POST', '/api/machines/worker-2/rescue')).json(), { code: 'BST_NOT_FOUND', detail: /worker-2 .* was never seen/ })
})

t.test('the MAC of a machine that is known means that machine, which must be what the order names', async t => {
  const { bastion, machine } = await unseen(t)
  await machine.discover()
  t.same(codes(await install(bastion, machine.mac, 'worker-1', { identity: { serial: 'OTHER' } })), ['identity-differs'])
  t.equal((await install(bastion, machine.mac, 'worker-1', { identity: { serial: 'SN-1', disks: [disk] } })).status, 201)
})

t.test('two orders for two MACs of one machine: neither is armed, and the one that is confirmed replaces the other', async t => {
  const { bastion, machine, labctl } = await unseen(t)
  const second = '52:54:00:00:00:77'
  const identity = { serial: machine.serial, disks: [disk] }
  await install(bastion, machine.mac, 'worker-1', { identity })
  await install(bastion, second, 'worker-2', { identity })
  await machine.overlay(await machine.dispatch())
  await machine.facts(await machine.report({ nics: `eth0|${machine.mac}|virtio_net|1|1000\neth1|${second}|virtio_net|1|1000\n` }))
  const detail = await detailOf(bastion, machine.mac)
  t.match(detail.orders.map(({ state, because }) => [state, because]), [['unconfirmed', /2 orders were given for this machine/], ['unconfirmed', /worker-1 .*, worker-2/]])
  t.match(await labctl('confirm', machine.mac, '--yes'), { code: 2, err: /2 orders were given/ })
  t.equal((await labctl('confirm', 'worker-2', '--yes')).code, 0)
  t.match((await detailOf(bastion, machine.mac)).orders, [{ state: 'armed', name: 'worker-2' }])
  t.equal((await detailOf(bastion, machine.mac)).orders.length, 1)
  t.equal((await install(bastion, '52:54:00:00:00:78', 'worker-1')).status, 201, 'the other name is free')
})

t.test('an order is taken back before its machine comes, and the machine is then discovered as any other', async t => {
  const { bastion, machine, labctl } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1')
  const cancelled = await labctl('cancel', 'worker-1')
  t.match([cancelled.code, cancelled.out], [0, /Cancelled: the order to install debian-13 as worker-1/], cancelled.err)
  t.same(await machines(bastion), [])
  t.same((await bastion.control('GET', '/api/strangers')).json(), { strangers: [] }, 'an operator’s word makes no stranger')
  await machine.discover()
  t.match(await detailOf(bastion, machine.mac), { machine: { order: null, name: null } })
  t.ok((await texts(bastion, machine.mac)).some(text => /cancelled the order to install worker-1/.test(text)), 'the timeline has it all the same')
  await install(bastion, '52:54:00:00:00:55', 'worker-5')
  t.equal((await labctl('forget', 'worker-5', '--yes')).code, 0)
  t.match((await machines(bastion)).length, 1)
})

t.test('an unconfirmed order is taken back, or replaced by another install', async t => {
  const { bastion, machine } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1')
  await machine.discover()
  t.match((await bastion.control('POST', `/api/machines/${machine.mac}/cancel`)).json(), { state: 'cancelled', name: 'worker-1' })
  t.match((await detailOf(bastion, machine.mac)).machine, { order: null })
  await bastion.control('DELETE', `/api/machines/${machine.mac}`)
  await install(bastion, machine.mac, 'worker-1')
  await new SimulatedMachine(bastion, 1).discover()
  t.equal((await install(bastion, machine.mac, 'worker-7')).status, 201)
  t.match((await detailOf(bastion, machine.mac)).orders.map(({ name, state }) => [name, state]), [['worker-7', 'armed']])
})

t.test('what the order arms to, the storage plan may refuse: then it waits with that reason, and can be confirmed with --wipe', async t => {
  const { bastion, machine, labctl } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] } })
  await machine.overlay(await machine.dispatch())
  await machine.facts(await machine.report({ 'lsblk.json': JSON.stringify({ blockdevices: [{ kname: 'vda', name: 'vda', type: 'disk', size: 40 * 2 ** 30, serial: disk, rota: true, rm: false, ro: false, 'log-sec': 512, 'phy-sec': 512, fstype: 'ext4', label: 'photos' }] }) }))
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'unconfirmed', because: /it holds: the whole disk: ext4 "photos"/ })
  t.match(await labctl('confirm', 'worker-1', '--yes'), { code: 4, err: /it holds: the whole disk: ext4 "photos"/ })
  t.equal((await labctl('confirm', 'worker-1', '--wipe', disk, '--yes')).code, 0)
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'armed', wipe: [disk] })
})

t.test('where discovered machines are powered off, one that is ordered waits and goes on, and one that is not is powered off', async t => {
  const { bastion, machine } = await unseen(t)
  bastion.room.config.discovery.afterwards = 'poweroff'
  await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] } })
  const { text } = await machine.overlay(await machine.dispatch())
  t.match(text, /LABCTL_AFTERWARDS='wait'/)
  await machine.facts()
  t.equal((await machine.next()).type, 'application/x-cpio')
  const other = new SimulatedMachine(bastion, 2)
  t.match((await other.overlay(await other.dispatch())).text, /LABCTL_AFTERWARDS='poweroff'/)
})

t.test('a bastion that is killed between the order and the machine has not forgotten it', async t => {
  const { bastion, machine } = await unseen(t)
  await install(bastion, machine.mac, 'worker-1', { identity: { serial: machine.serial, disks: [disk] }, settings: { timezone: 'Europe/Berlin' } })
  const [kept] = bastion.room.database.prepare('SELECT mac, name, identity, settings FROM advance_orders').all()
  t.same(kept, { mac: machine.mac, name: 'worker-1', identity: '{"serial":"SN-1","disks":["disk-SN-1"]}', settings: '{"timezone":"Europe/Berlin"}' })
  await machine.discover()
  t.match((await detailOf(bastion, machine.mac)).settings, { settings: { timezone: 'Europe/Berlin' }, from: { timezone: 'machine' } })
  t.same(bastion.room.database.prepare('SELECT * FROM advance_orders').all(), [])
})
