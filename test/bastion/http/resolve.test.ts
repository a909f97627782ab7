// labctl provision resolve against the real control plane: what differs is shown, and an operator's word does what it says.
import t, { type Test } from 'tap'
import type { Questions } from '../../../protocol/resolve.ts'
import { startInnerBastion, type InnerBastion } from '../../lib/inner-bastion.ts'
import { detailOf } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { runLabctl, type Ran } from '../../labctl/run-labctl.ts'

const disk = (serial: string, more: object = {}) => ({ kname: 'vda', name: 'vda', type: 'disk', size: 40 * 2 ** 30, serial, rota: true, rm: false, ro: false, 'log-sec': 512, 'phy-sec': 512, ...more })
const disks = (serial: string) => ({ 'lsblk.json': JSON.stringify({ blockdevices: [disk(serial)] }) })
const asked = async (bastion: InnerBastion, machine: string) => (await bastion.control('GET', `/api/machines/${machine}/resolve`)).json() as unknown as Questions

function operator(t: Test, bastion: InnerBastion): (...argv: string[]) => Promise<Ran> {
  const env = { LABCTL_URL: `https://127.0.0.1:${bastion.controlPort}`, LABCTL_PIN: bastion.room.pins[0]!, LABCTL_TOKEN: bastion.token }
  return (...argv) => runLabctl(t, ['provision', ...argv], { env })
}

async function discovered(t: Test) {
  const bastion = await startInnerBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  t.equal((await machine.discover()).status, 200)
  return { bastion, machine, labctl: operator(t, bastion) }
}

/** The machine boots anew with another disk. */
async function withAnotherDisk(machine: SimulatedMachine, serial: string): Promise<void> {
  await machine.overlay(await machine.dispatch())
  await machine.facts(await machine.report(disks(serial)))
}

t.setTimeout(900_000)

t.test('a disk was replaced on purpose: it is shown field by field, and the report becomes the record', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  t.match((await labctl('resolve', machine.mac)).out, /Nothing is to be resolved/)
  await withAnotherDisk(machine, 'NEW-1')
  t.match((await labctl('list')).out, / 1$/m, 'its alarm is open')
  t.match((await labctl('describe', machine.mac)).out, /disk vda +serial disk-SN-1 +serial NEW-1[^]*labctl provision resolve/)
  const shown = await labctl('resolve', machine.mac)
  t.equal(shown.code, 0, shown.err)
  t.match(shown.out, /Reported [^]*The set of disks was disk-SN-1[^]*disk vda +serial disk-SN-1 +serial NEW-1[^]*take-new[^]*take-recorded[^]*seen/)
  t.equal((await labctl('resolve', machine.mac, '--take', 'new')).code, 2, 'nobody said yes')
  t.same((await detailOf(bastion, machine.mac)).facts?.disks.map(({ serial }) => serial), ['disk-SN-1'])
  const done = await labctl('resolve', machine.mac, '--take', 'new', '--yes')
  t.equal(done.code, 0, done.err)
  t.match(done.out, /Resolved: operator: the report replaces the record/)
  const detail = await detailOf(bastion, machine.mac)
  t.same([detail.facts?.disks.map(({ serial }) => serial), detail.machine.alarms], [['NEW-1'], 0])
  t.ok(detail.timeline.some(({ text, evidence }) => evidence === 'operator' && text === 'Since the last discovery: disk vda replaced: serial disk-SN-1 → serial NEW-1'))
  t.match((await labctl('describe', machine.mac)).out, /Changed at the last discovery[^]*disk vda replaced: serial disk-SN-1 → serial NEW-1/)
  t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201, 'and it can be ordered again')
})

t.test('a report that is dropped leaves the record, and the machine free', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  await withAnotherDisk(machine, 'NEW-1')
  t.match((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).json(), { refusals: [{ code: 'facts-differ', nextStep: /provision resolve/ }] })
  t.equal((await labctl('resolve', machine.mac, '--take', 'recorded', '--yes')).code, 0)
  t.same((await detailOf(bastion, machine.mac)).facts?.disks.map(({ serial }) => serial), ['disk-SN-1'])
  t.equal((await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })).status, 201)
})

t.test('a report that came after what was shown is not taken with it', async t => {
  const { bastion, machine } = await discovered(t)
  await withAnotherDisk(machine, 'NEW-1')
  const { digest } = await asked(bastion, machine.mac)
  await withAnotherDisk(machine, 'EVIL')
  const refused = await bastion.control('POST', `/api/machines/${machine.mac}/resolve`, { decision: 'take-new', shown: digest })
  t.match([refused.status, refused.json()], [409, { refusals: [{ code: 'resolve-changed' }] }])
  t.same((await detailOf(bastion, machine.mac)).facts?.disks.map(({ serial }) => serial), ['disk-SN-1'])
  const now = await asked(bastion, machine.mac)
  t.match((await bastion.control('POST', `/api/machines/${machine.mac}/resolve`, { decision: 'keep-first', shown: now.digest })).json(), { refusals: [{ code: 'resolve-unfit' }] })
  const { token } = bastion
  for (const [headers, status] of [[{ authorization: '' }, 401], [{ authorization: `Bearer ${token}x` }, 401]] as const) t.equal((await bastion.control('POST', `/api/machines/${machine.mac}/resolve`, { decision: 'seen', shown: now.digest }, headers)).status, status)
})

t.test('the mainboard was replaced, its network card kept: in limbo it is heard, compared, and taken', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  const other = new SimulatedMachine(bastion, 2)
  const board = Object.assign(new SimulatedMachine(bastion, 1), { uuid: other.uuid, serial: other.serial })
  t.match(await board.dispatch(), /REFUSED.*another board/)
  t.match((await labctl('list')).out, / 1$/m)
  t.match((await labctl('resolve', machine.mac)).out, new RegExp(`Refused at its boot[^]*${machine.mac}[^]*${other.uuid}[^]*hear[^]*another`))
  t.equal((await labctl('resolve', machine.mac, '--take', 'new', '--yes')).code, 4, 'there is no report to take yet')
  t.equal((await labctl('resolve', machine.mac, '--hear', '--yes')).code, 0)
  t.equal((await board.overlay(await board.dispatch())).purpose, 'discover')
  t.equal((await board.facts(await board.report(disks('disk-SN-1')))).status, 409, 'its report is kept, and nothing else')
  t.match((await labctl('resolve', machine.mac)).out, new RegExp(`SMBIOS UUID +${machine.uuid} +${other.uuid}`))
  t.equal((await labctl('resolve', machine.mac, '--take', 'new', '--yes')).code, 0)
  const { machine: now } = await detailOf(bastion, machine.mac)
  t.same([now.uuid, now.serial, now.macs], [other.uuid, other.serial, [machine.mac]])
  t.equal((await board.overlay(await board.dispatch())).purpose, 'discover')
  t.equal((await board.facts(await board.report(disks('disk-SN-1')))).status, 200)
})

t.test('a clone is another machine: both are known from then on, by what is left', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  const clone = Object.assign(new SimulatedMachine(bastion, 2), { uuid: machine.uuid, serial: machine.serial })
  t.match(await clone.dispatch(), /REFUSED.*two machines have the UUID/)
  t.equal((await labctl('resolve', machine.mac, '--another', '--yes')).code, 0)
  t.equal((await clone.overlay(await clone.dispatch())).purpose, 'discover')
  t.equal((await clone.facts(await clone.report(disks('disk-clone')))).status, 200)
  t.equal(((await bastion.control('GET', '/api/machines')).json()['machines'] as unknown[]).length, 2)
  for (const one of [machine, clone]) t.equal((await one.overlay(await one.dispatch())).purpose, 'discover')
  t.equal((await machine.facts()).status, 200)
})

t.test('the mainboard was replaced with its network interfaces: the machine with its disks is the same, says the operator', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  const board = new SimulatedMachine(bastion, 2)
  await board.overlay(await board.dispatch())
  t.equal((await board.facts(await board.report(disks('disk-SN-1')))).status, 200, 'it is a machine of its own at first')
  t.match((await detailOf(bastion, board.mac)).timeline.find(({ alarm }) => alarm)?.text, `labctl provision resolve ${board.mac} --same-as ${machine.mac}`)
  const shown = await labctl('resolve', board.mac, '--same-as', machine.mac)
  t.match([shown.code, shown.out], [2, new RegExp(`Compared with ${machine.mac}[^]*serial number +SN-1 +SN-2[^]*same-as`)])
  const { id } = (await detailOf(bastion, machine.mac)).machine
  const done = await labctl('resolve', board.mac, '--same-as', machine.mac, '--yes')
  t.equal(done.code, 0, done.err)
  const { machine: now } = await detailOf(bastion, board.mac)
  t.same([now.id, now.uuid, now.macs], [id, board.uuid, [board.mac]])
  t.equal((await bastion.control('GET', `/api/machines/${machine.mac}`)).status, 404, 'the old MAC is nobody’s')
})

for (const [word, state] of [['--keep-first', 'installing'], ['--cancel', 'cancelled']] as const) {
  t.test(`a contested order, resolved by ${word}, is ${state}`, async t => {
    const { bastion, machine, labctl } = await discovered(t)
    await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
    await machine.overlay(await machine.dispatch())
    t.equal((await machine.facts()).status, 200)
    const thief = Object.assign(new SimulatedMachine(bastion, 1), { bearer: machine.bearer })
    t.equal((await thief.facts()).status, 410)
    t.equal((await machine.progress('disks')).status, 410, 'the first key is suspended too')
    t.match((await labctl('resolve', 'worker-1')).out, /Contested: the order to install worker-1[^]*The first key is SHA256:[^]*keep-first[^]*cancel/)
    t.equal((await labctl('resolve', 'worker-1', word, '--yes')).code, 0)
    t.equal((await detailOf(bastion, machine.mac)).orders[0]?.state, state)
    t.equal((await thief.facts()).status, 410, 'the second key gets nothing either way')
    if (state === 'cancelled') return t.equal((await machine.progress('disks')).status, 410)
    t.equal((await detailOf(bastion, machine.mac)).orders[0]?.state, 'contested', 'and contests it again')
    t.equal((await labctl('resolve', 'worker-1', word, '--yes')).code, 0)
    for (const phase of ['disks', 'image', 'configure', 'reboot']) t.equal((await machine.progress(phase)).status, 204, phase)
    return t.equal((await detailOf(bastion, machine.mac)).machine.state, 'installed')
  })
}

t.test('a contested order whose first key has long started its system is done once that key keeps it', async t => {
  const { bastion, machine, labctl } = await discovered(t)
  await bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1' })
  await machine.overlay(await machine.dispatch())
  await machine.facts()
  await Object.assign(new SimulatedMachine(bastion, 1), { bearer: machine.bearer }).facts()
  const { id } = (await detailOf(bastion, machine.mac)).orders[0]!
  t.equal((await machine.firstBoot(id, 1)).status, 204)
  t.equal((await detailOf(bastion, machine.mac)).orders[0]?.state, 'contested', 'a first boot does not settle it')
  t.equal((await labctl('resolve', 'worker-1', '--keep-first', '--yes')).code, 0)
  t.match(await detailOf(bastion, machine.mac), { machine: { state: 'installed', alarms: 0 }, orders: [{ state: 'done' }] })
})

t.test('one word at a time, and one that fits', async t => {
  const { machine, labctl } = await discovered(t)
  t.match(await labctl('resolve', machine.mac, '--take', 'new', '--another'), { code: 2, err: /One word at a time/ })
  t.match(await labctl('resolve', machine.mac, '--take', 'both'), { code: 2 })
  t.match(await labctl('resolve', machine.mac, '--cancel', '--yes'), { code: 4, err: /does not fit/ })
})
