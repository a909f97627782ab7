// The whole conversation against the real daemon: discovery, order, install, first boot; and every way in which it must be refused.
import { extract } from 'tar-stream'
import t, { type Test } from 'tap'
import { SimulatedMachine, startLoopbackBastion, type Answer, type LoopbackBastion } from '../../lib/loopback-bastion.ts'

async function filesOf(answer: Answer): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const archive = extract()
  archive.end(answer.body)
  for await (const entry of archive) files[entry.header.name] = Buffer.concat(await Array.fromAsync(entry) as Buffer[]).toString()
  return files
}
const detailOf = async (bastion: LoopbackBastion, machine: string) => (await bastion.control('GET', `/api/machines/${machine}`)).json() as { machine: { state: string, alarms: number, name: string | null, order: { id: string, state: string, attempt: number, because: string | null, phase: string | null } }, timeline: { text: string, alarm: boolean, phase: string }[] }
const order = (bastion: LoopbackBastion, machine: SimulatedMachine, more: object = {}) => bastion.control('POST', '/api/install', { machine: machine.mac, name: 'worker-1', ...more })

async function armed(t: Test) {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.discover()
  const ordered = await order(bastion, machine)
  t.equal(ordered.status, 201, ordered.body.toString())
  return { bastion, machine }
}
async function installing(t: Test) {
  const { bastion, machine } = await armed(t)
  await machine.overlay(await machine.dispatch())
  const answer = await machine.facts()
  t.equal(answer.status, 200)
  return { bastion, machine, answer }
}

t.test('a machine is discovered, waits, is ordered, installs, and proves its first boot', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  const script = await machine.dispatch()
  t.match(script, /^#!ipxe\n/)
  t.equal((await machine.overlay(script)).purpose, 'discover')
  t.match(await filesOf(await machine.facts()), { kind: /^wait/ })
  t.match((await machine.next()).body.toString(), /^wait/)
  t.match(await detailOf(bastion, machine.mac), { machine: { state: 'discovered', waiting: true, serial: 'SN-1' } })

  const polled = machine.next()
  t.match((await order(bastion, machine)).json(), { state: 'armed', attempt: 1, name: 'worker-1' })
  const next = await polled
  t.equal(next.type, 'application/x-cpio', 'the waiting machine gets the order at once')
  machine.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(next.body.toString())![1]!
  const answer = await filesOf(await machine.facts())
  t.match(answer, { kind: /^install/, 'steps.sh': /sgdisk/, 'bootstrap.json': /"machine": "worker-1"/ })
  t.match(JSON.parse(answer['bootstrap.json']!), { joinToken: null, pinsSpkiSha256: [/=$/, /=$/], bastionUrl: `https://127.0.0.1:${bastion.controlPort}` })
  t.match(await detailOf(bastion, 'worker-1'), { machine: { name: 'worker-1', order: { state: 'installing' } } })

  for (const phase of ['disks', 'image', 'configure', 'reboot']) t.equal((await machine.progress(phase, { percent: 10 })).status, 204)
  const { machine: seen } = await detailOf(bastion, 'worker-1')
  t.match(seen, { state: 'installed', order: { state: 'done' } })
  t.match(await machine.dispatch(), /worker-1 is installed.*\n(.|\n)*sanboot/)
  t.equal((await machine.firstBoot(seen.order.id, 1)).status, 204)
  t.match((await detailOf(bastion, 'worker-1')).timeline.at(-1), { phase: 'first-boot', evidence: 'signature' })
  t.equal(await bastion.stop(), 0, 'and the bastion stops gracefully')
})

t.test('the same machine that sends its facts again gets the same plan, until it has touched its disk', async t => {
  const { machine, answer } = await installing(t)
  const [first, second] = [await filesOf(answer), await filesOf(await machine.facts())]
  t.equal(second['plan.json'], first['plan.json'])
  await machine.progress('disks')
  t.equal((await machine.facts()).status, 410)
})

t.test('another key for a used ticket is refused, raises an alarm and makes the order contested', async t => {
  const { bastion, machine } = await installing(t)
  const thief = new SimulatedMachine(bastion, 1)
  thief.bearer = machine.bearer
  const refused = await thief.facts()
  t.equal(refused.status, 410)
  t.notMatch(refused.body.toString(), /steps|joinToken/)
  const { machine: seen, timeline } = await detailOf(bastion, 'worker-1')
  t.equal(seen.order.state, 'contested')
  t.ok(timeline.some(entry => entry.alarm && /second key/.test(entry.text)))
  t.match(await machine.dispatch(), /REFUSED.*contested/)
})

t.test('an overlay can be fetched again before the facts, and not after', async t => {
  const { machine } = await armed(t)
  const script = await machine.dispatch()
  t.equal((await machine.overlay(script)).status, 200)
  t.equal((await machine.overlay(script)).status, 200, 'firmware does that')
  await machine.facts()
  t.equal((await machine.overlay(script)).status, 410)
  t.equal((await machine.overlay('x /boot/AAAAAAAAAAAAAAAAAAAAAA/overlay.cpio')).status, 404)
})

t.test('two tickets of one order: the first facts win, the other boot is told it is gone', async t => {
  const { machine, bastion } = await armed(t)
  const other = new SimulatedMachine(bastion, 1)
  const [a, b] = [await machine.dispatch(), await other.dispatch()]
  await machine.overlay(a)
  await other.overlay(b)
  t.equal((await machine.facts()).status, 200)
  t.equal((await other.facts()).status, 410)
})

t.test('a machine that comes back without finishing has failed, boots its disk, and is never installed again without a word', async t => {
  const { bastion, machine } = await installing(t)
  await machine.progress('disks')
  t.match(await machine.dispatch(), /came back without finishing(.|\n)*sanboot/)
  t.match((await detailOf(bastion, 'worker-1')).machine.order, { state: 'failed', because: /came back/ })
  t.match(await machine.dispatch(), /failed(.|\n)*sanboot/)
  t.equal((await machine.progress('image')).status, 410, 'an attempt that is over is told so')
  t.equal((await bastion.control('POST', '/api/machines/worker-1/retry')).status, 200)
  t.equal((await machine.overlay(await machine.dispatch())).purpose, 'install')
  t.match((await detailOf(bastion, 'worker-1')).machine.order, { state: 'armed', attempt: 2 })
})

t.test('a first boot wins over a lost reboot message, and cancels a retry that was not consumed', async t => {
  const { bastion, machine } = await installing(t)
  await machine.dispatch()
  await bastion.control('POST', '/api/machines/worker-1/retry')
  const { order: { id } } = (await detailOf(bastion, 'worker-1')).machine
  t.equal((await machine.firstBoot(id, 2)).status, 403, 'an attempt that was not consumed proves nothing')
  t.equal((await machine.firstBoot(id, 1, new SimulatedMachine(bastion, 1).key)).status, 403, 'nor does another key')
  t.equal((await machine.firstBoot(id, 1)).status, 204)
  t.match((await detailOf(bastion, 'worker-1')).machine, { state: 'installed', order: { state: 'done' } })
  t.match(await machine.dispatch(), /is installed/)
})

t.test('facts that do not agree with what was discovered fail the order with nothing touched', async t => {
  const { bastion, machine } = await armed(t)
  await machine.overlay(await machine.dispatch())
  const other = await machine.report({ 'by-id': 'lrwxrwxrwx 1 root root 9 Jan 1 00:00 virtio-other -> ../../vda\n', 'lsblk.json': JSON.stringify({ blockdevices: [{ kname: 'vda', type: 'disk', size: 40 * 2 ** 30, serial: 'another', rota: true, rm: false, ro: false }] }) })
  const refused = await machine.facts(other)
  t.equal(refused.status, 409)
  t.match(refused.json(), { code: 'BST_REFUSED', detail: /The set of disks was disk-SN-1 at discovery and is another now/ })
  t.match((await detailOf(bastion, machine.mac)).machine.order, { state: 'failed', because: /Nothing was touched/ })
})

t.test('facts without a bearer, with an unknown one, with a void one', async t => {
  const { bastion, machine } = await armed(t)
  machine.bearer = ''
  t.equal((await machine.facts()).status, 401)
  machine.bearer = 'A'.repeat(22)
  t.equal((await machine.facts()).status, 401)
  await machine.overlay(await machine.dispatch())
  await bastion.control('POST', `/api/machines/${machine.mac}/cancel`)
  t.equal((await machine.facts()).status, 410)
})

t.test('a bearer of one machine does not speak for another', async t => {
  const bastion = await startLoopbackBastion(t)
  const [one, two] = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)]
  await one.discover()
  await two.discover()
  await order(bastion, one)
  await one.overlay(await one.dispatch())
  two.bearer = one.bearer
  t.equal((await two.facts()).status, 409, 'an install ticket answers only facts that agree')
  t.match((await detailOf(bastion, one.mac)).machine.order, { state: 'failed', because: /SMBIOS UUID/ })
})

t.test('a report of 10 MB is refused, and the bastion goes on', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.overlay(await machine.dispatch())
  const refused = await machine.facts(Buffer.alloc(10 * 2 ** 20))
  t.equal(refused.status, 413)
  t.match(refused.json(), { code: 'BST_TOO_LARGE' })
  t.equal((await machine.facts()).status, 200)
})

t.test('reports that are no reports are refused with what is wrong', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  await machine.overlay(await machine.dispatch())
  for (const [body, message] of [
    [Buffer.from('garbage'), /cannot be read/], [await machine.report({ '../../etc/passwd': 'x' }), /no file of a report/], [await machine.report({ 'public-key.pem': 'none' }), /public-key/],
    [await machine.report({ uname: '' }), /architecture/], [await machine.report({ 'lsblk.json': '{' }), /not JSON/],
  ] as const) {
    const refused = await machine.facts(body)
    t.equal(refused.status, 400)
    t.match(refused.json(), { code: 'BST_FACTS_INVALID', detail: message })
  }
  t.match((await bastion.control('GET', '/api/machines')).json(), { machines: [] }, 'nothing was recorded')
})

t.test('hostile names from firmware stay text', async t => {
  const bastion = await startLoopbackBastion(t)
  const machine = new SimulatedMachine(bastion, 1)
  const evil = '";reboot;$(reboot)`reboot`\n\u001b[31m<script>'
  await machine.overlay(await machine.dispatch())
  t.equal((await machine.facts(await machine.report({ 'dmi/product_name': evil, 'dmi/sys_vendor': evil }))).status, 200)
  const script = await bastion.boot(`/dispatch?mac=${machine.mac}&uuid=${machine.uuid}&serial=${encodeURIComponent(evil)}&platform=pcbios&buildarch=x86_64`)
  t.equal(script.status, 200)
  t.notMatch(script.text, /[$`]\(?reboot|\u001b/, 'nothing of it is left that iPXE would expand')
  t.match(script.text, /^#!ipxe\necho labctl: REFUSED/)
  t.same(script.text.split('\n').filter(line => !/^(#!ipxe|echo labctl: .*|sleep 60|chain --replace --autofree http:\S+ \|\| exit 1|)$/.test(line)), [], 'it added no line')
})

t.test('an installed machine is installed again only when the order names what may be destroyed', async t => {
  const { bastion, machine } = await installing(t)
  for (const phase of ['disks', 'image', 'configure', 'reboot']) await machine.progress(phase)
  const refused = await order(bastion, machine)
  t.equal(refused.status, 409)
  t.match(refused.json(), { refusals: [{ code: 'machine-installed', nextStep: /--wipe/ }] })
  t.equal((await order(bastion, machine, { wipe: ['disk-SN-1'] })).status, 201)
})

t.test('phases go forward only, and no bearer proves what comes after the reboot', async t => {
  const { bastion, machine } = await installing(t)
  t.equal((await machine.progress('image')).status, 204)
  t.equal((await machine.progress('facts')).status, 204)
  t.equal((await detailOf(bastion, 'worker-1')).machine.order.phase, 'image')
  t.equal((await machine.facts()).status, 410, 'the plan is not given again')
  for (const phase of ['first-boot', 'enrolled', 'online']) t.equal((await machine.progress(phase)).status, 410, phase)
})

t.test('a first boot after its failed order was cancelled still makes the machine an installed one', async t => {
  const { bastion, machine } = await installing(t)
  await machine.dispatch()
  const { order: { id } } = (await detailOf(bastion, 'worker-1')).machine
  t.equal((await bastion.control('POST', '/api/machines/worker-1/cancel')).status, 200)
  t.equal((await machine.firstBoot(id, 1)).status, 204)
  t.match((await detailOf(bastion, 'worker-1')).machine, { state: 'installed' })
})

t.test('more waiting machines than are held ask again later, and lose nothing', async t => {
  const bastion = await startLoopbackBastion(t, { boot: { pollSeconds: 20 }, limits: { heldPolls: 1 } })
  const machines = [new SimulatedMachine(bastion, 1), new SimulatedMachine(bastion, 2)] as const
  for (const machine of machines) await machine.discover()
  const questions = machines.map(async (machine, index) => ({ index, answer: await machine.next() }))
  const { index, answer } = await Promise.race(questions)
  t.match(answer, { status: 200, headers: { 'retry-after': /^(1[5-9]|20)$/ } })
  t.equal(answer.body.toString(), 'wait')
  for (const machine of machines) t.match((await bastion.control('POST', '/api/install', { machine: machine.mac, name: `worker-${machine.serial.at(-1)}` })).json(), { state: 'armed' })
  t.equal((await machines[index]!.next()).type, 'application/x-cpio', 'an order is given whether others are held or not')
  t.match((await questions[1 - index]!).answer, { type: 'application/x-cpio', headers: { 'retry-after': undefined } }, 'the other was held')
  const third = new SimulatedMachine(bastion, 3)
  await third.discover()
  const again = third.next()
  t.match(await bastion.control('POST', '/api/install', { machine: third.mac, name: 'third' }), { status: 201 })
  t.match(await again, { type: 'application/x-cpio', headers: { 'retry-after': undefined } }, 'there is room again')
})
