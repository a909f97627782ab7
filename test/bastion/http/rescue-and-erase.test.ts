// Orders that write no system, against the real daemon.
import t from 'tap'
import { detailOf, discoveredMachine, filesOf, installedMachine } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'

const key = 'ssh-ed25519 AAAA test'

t.test('a machine is rescued: the keys and nothing else, the fingerprint on its timeline, and its disk afterwards', async t => {
  const under = await installedMachine(t)
  const { machine } = under
  const record = (await under.detail()).record
  const ordered = await under.post('/api/machines/worker-1/rescue', {})
  t.match(ordered.json(), { kind: 'rescue', state: 'armed', name: 'worker-1', wipe: [] })
  t.equal((await machine.overlay(await machine.dispatch())).purpose, 'rescue')
  const answer = await under.report()
  const files = await filesOf(answer)
  t.same(Object.keys(files).toSorted(), ['authorized_keys', 'kind'])
  t.equal(files['authorized_keys'], `${key}\n`)
  t.same(await filesOf(await under.report()), files, 'a lost answer is given again')
  t.equal((await machine.progress('rescue', { message: 'ssh root@10.0.0.9, host key SHA256:abc' })).status, 204)
  const during = await under.detail()
  t.match(during.machine, { name: 'worker-1', state: 'installed', order: { kind: 'rescue', state: 'installing', phase: 'rescue' } })
  t.match(during.timeline.at(-1), { phase: 'rescue', text: /host key SHA256:abc/ })
  t.match((await machine.next()).body.toString(), /^wait/, 'it may ask on, and nothing happens to the rescue')
  t.match((await under.detail()).machine.order, { state: 'installing' })
  t.match((await under.post('/api/install', { machine: machine.mac, name: 'worker-1', wipe: ['disk-SN-1'] })).json(), { refusals: [{ code: 'order-open', nextStep: /cancel/ }] }, 'nobody installs under the hands of somebody')
  t.match(await machine.dispatch(), /The rescue of worker-1 is over(.|\n)*sanboot/)
  const after = await under.detail()
  t.match(after.machine, { state: 'installed', name: 'worker-1', order: { kind: 'rescue', state: 'done' } })
  t.same(after.record, record)
})

t.test('a rescue that is cancelled tells its machine to start again', async t => {
  const under = await installedMachine(t)
  await under.post('/api/machines/worker-1/rescue', {})
  await under.boot()
  await under.machine.progress('rescue')
  const polled = under.machine.next()
  t.match((await under.post('/api/machines/worker-1/cancel', {})).json(), { state: 'cancelled' })
  t.match((await polled).body.toString(), /^reboot/)
})

t.test('a machine with a broken disk is rescued although its disks are not the recorded ones; another board is not', async t => {
  const under = await installedMachine(t)
  await under.post('/api/machines/worker-1/rescue', {})
  under.facts.disks = []
  under.facts.lvm = { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] }
  t.equal((await under.boot()).status, 200)
  t.equal((await under.detail()).facts!.disks.length, 1, 'what is recorded of it stays')
  await under.machine.dispatch()
  await under.post('/api/machines/worker-1/rescue', {})
  under.facts.system.serial = 'SN-OTHER'
  t.match((await under.boot()).json(), { refusals: [{ code: 'facts-disagree' }] })
})

t.test('without a key nobody could enter, so no rescue is armed', async t => {
  const under = await discoveredMachine(t, { install: { authorizedKeys: [] } })
  t.match((await under.post(`/api/machines/${under.machine.mac}/rescue`, {})).json(), { status: 409, refusals: [{ code: 'no-keys', nextStep: /authorizedKeys/ }] })
  t.equal((await under.detail()).orders.length, 0)
})

t.test('disks are erased by identity and serial; the record of the system disk goes with it, and the machine is one to be installed', async t => {
  const under = await installedMachine(t)
  const disk = 'virtio-disk-SN-1'
  const erase = (body: object) => under.post('/api/machines/worker-1/erase', body)
  t.equal((await erase({ disks: [] })).status, 400)
  for (const [disks, code] of [[[{ disk, serial: 'wrong' }], 'serial-mismatch'], [[{ disk: 'sda', serial: 'disk-SN-1' }], 'erase-unknown-disk'], [[{ disk: 'vda', serial: 'disk-SN-1' }], 'erase-unknown-disk']] as const) t.match((await erase({ disks })).json(), { status: 409, refusals: [{ code }] })
  t.equal((await under.order()).kind, 'install', 'nothing was armed')
  const ordered = await erase({ disks: [{ disk, serial: 'disk-SN-1' }] })
  t.match(ordered.json(), { kind: 'erase', wipe: [disk], state: 'armed' })
  t.match((await under.detail()).timeline.at(-1), { text: /^admin ordered: erase virtio-disk-SN-1; the serials were typed again/ })
  t.equal((await under.machine.overlay(await under.machine.dispatch())).purpose, 'erase')
  const files = await filesOf(await under.report())
  t.match(files, { kind: /^erase/, 'steps.sh': /find_disk 'virtio-disk-SN-1' 'disk-SN-1'/ })
  t.equal((await under.machine.progress('disks')).status, 204)
  t.match((await under.post('/api/machines/worker-1/cancel', {})).json(), { code: 'BST_CONFLICT' }, 'it is being written')
  t.ok((await under.detail()).record)
  t.equal((await under.machine.progress('erased', { message: 'virtio-disk-SN-1 discarded' })).status, 204)
  t.match(await under.detail(), { machine: { state: 'discovered', name: 'worker-1', order: { kind: 'erase', state: 'done' } }, record: null })
  under.facts = { ...under.facts, disks: [{ ...under.facts.disks[0]!, table: null, signature: null, partitions: [] }], lvm: { physicalVolumes: [], volumeGroups: [], logicalVolumes: [], warnings: [] } }
  t.match(await under.machine.dispatch(), /wait for one/)
  await under.boot()
  t.equal((await under.post('/api/install', { machine: under.machine.mac, name: 'worker-1' })).status, 201, 'an empty disk needs no --wipe')
})

t.test('an erasing that stops, or comes back, has failed, and the record stays', async t => {
  const under = await installedMachine(t)
  await under.post('/api/machines/worker-1/erase', { disks: [{ disk: 'virtio-disk-SN-1', serial: 'disk-SN-1' }] })
  await under.boot()
  await under.machine.progress('disks')
  await under.machine.progress('failed', { message: 'stopped while erasing' })
  t.match(await under.detail(), { machine: { state: 'installed', order: { state: 'failed', because: 'stopped while erasing' } }, record: { version: 1 } })
  t.match((await under.post('/api/machines/worker-1/retry', {})).json(), { state: 'armed', attempt: 2, wipe: ['virtio-disk-SN-1'] }, 'nothing has to be shown for it')
  await under.boot()
  t.match(await under.machine.dispatch(), /came back without finishing its erasing/)
})

t.test('a disk that is another one by the time of the report is not erased', async t => {
  const under = await installedMachine(t)
  await under.post('/api/machines/worker-1/erase', { disks: [{ disk: 'virtio-disk-SN-1', serial: 'disk-SN-1' }] })
  under.facts.disks[0]!.byId = ['virtio-disk-SN-2']
  under.facts.disks[0]!.serial = 'disk-SN-2'
  const refused = await under.boot()
  t.equal(refused.status, 409)
  t.match(refused.json(), { refusals: [{ code: 'erase-unknown-disk' }] })
  t.match((await under.detail()).machine.order, { state: 'failed', because: /Nothing was touched/ })
})

t.test('a disk whose serial nobody typed is not erased, whatever name it has taken; nor by the retry', async t => {
  const under = await installedMachine(t)
  await under.post('/api/machines/worker-1/erase', { disks: [{ disk: 'virtio-disk-SN-1', serial: 'disk-SN-1' }] })
  under.facts.disks[0]!.serial = 'disk-OTHER'
  for (const attempt of [1, 2]) {
    const refused = await under.boot()
    t.equal(refused.status, 409)
    t.match(refused.json(), { refusals: [{ code: 'serial-mismatch', because: /typed for virtio-disk-SN-1 is "disk-SN-1"; the disk’s is "disk-OTHER"/ }] })
    t.match((await under.detail()).machine.order, { state: 'failed', attempt, because: /Nothing was touched/ })
    if (attempt === 1) t.match((await under.post('/api/machines/worker-1/retry', {})).json(), { state: 'armed', attempt: 2 })
  }
  under.facts.disks[0]!.serial = ' disk-SN-1'
  t.match((await under.post('/api/machines/worker-1/retry', {})).json(), { state: 'armed', attempt: 3 })
  t.match(await filesOf(await under.boot()), { kind: /^erase/ }, 'the disk that was meant is back')
})

t.test('a rescue goes by the machine’s name, or its MAC, and names nobody', async t => {
  const under = await installedMachine(t)
  const other = new SimulatedMachine(under.bastion, 2)
  await other.discover()
  t.equal((await under.post(`/api/machines/${other.mac}/rescue`, {})).json()['name'], other.mac)
  t.match((await under.post('/api/machines/worker-1/rescue', {})).json(), { name: 'worker-1' })
  t.equal((await detailOf(under.bastion, other.mac)).machine.name, null, 'a rescue names nobody')
})
