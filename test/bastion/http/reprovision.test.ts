// Plan, reprovision, refusal and retry against the real daemon, with facts as a machine would report them.
import t from 'tap'
import type { MachineDetail } from '../../../protocol/machines.ts'
import type { StorageRecord } from '../../../protocol/storage-record.ts'
import { discoveredMachine, filesOf, installedMachine } from '../../lib/installed-machine.ts'
import { SimulatedMachine } from '../../lib/loopback-bastion.ts'
import { reportFiles } from '../../lib/report-files.ts'

t.test('an install is recorded, and proved by the report after it', async t => {
  const under = await installedMachine(t)
  const { machine, record, facts } = await under.detail()
  t.equal(machine.state, 'installed')
  t.same(facts, under.facts, 'its last facts are those from after the install')
  t.match(record, { machineId: machine.id, disks: [{ role: 'system' }], groups: [{ name: 'vg0', uuid: under.facts.lvm.volumeGroups[0]!.uuid }] })
  for (const volume of record!.volumes) t.equal(volume.uuid, under.facts.lvm.logicalVolumes.find(seen => seen.name === volume.name)!.uuid, volume.name)
  t.same((await under.bastion.control('GET', `/api/machines/worker-1/record`)).json(), record)
})

t.test('a reprovision is shown, ordered, done and proved; at its first boot once more', async t => {
  const under = await installedMachine(t)
  const answer = await under.plan()
  t.equal(answer.kind, 'plan')
  t.match((await under.reprovision({ shown: '0'.repeat(64) })).json(), { status: 409, refusals: [{ code: 'plan-changed' }] })
  t.match((await under.detail()).machine.order, { kind: 'install', state: 'done' }, 'nothing was armed')

  const before = under.facts
  const ordered = await under.reprovision()
  t.equal(ordered.status, 201)
  t.match(ordered.json(), { kind: 'reprovision', name: 'worker-1', state: 'armed', planShown: true })
  t.match(await under.machine.dispatch(), /Reprovision worker-1 with debian-13, keeping its data/)
  const given = await under.boot()
  t.equal(given.status, 200)
  t.match(await filesOf(given), { kind: /^install/, 'bootstrap.json': /worker-1/ })
  await under.obey(given)
  const uuidOf = (facts: typeof before, name: string) => facts.lvm.logicalVolumes.find(volume => volume.name === name)!.signature!.uuid
  t.equal(uuidOf(under.facts, 'home'), uuidOf(before, 'home'))
  t.not(uuidOf(under.facts, 'root'), uuidOf(before, 'root'))
  const detail = await under.detail()
  t.match(detail, { machine: { state: 'installed', alarms: 0, order: { state: 'done', kind: 'reprovision' } }, proof: { same: true, order: detail.orders[0]!.id } })
  t.match(detail.proof!.rows.map(row => `${row.volume} ${row.mount} ${row.what} ${row.before === row.after}`).toSorted(), [
    'vg0/home /home filesystem-uuid true', 'vg0/home /home size-bytes true', 'vg0/home /home volume-uuid true', 'vg0/srv /srv filesystem-uuid true', 'vg0/srv /srv size-bytes true', 'vg0/srv /srv volume-uuid true',
  ])
  t.ok(detail.timeline.some(entry => entry.phase === 'proof' && /are the same as before/.test(entry.text)))

  const read = under.facts.lvm.logicalVolumes.map(volume => ({ volume: `${volume.group}/${volume.name}`, uuid: volume.uuid, filesystemUuid: volume.signature!.uuid, sizeBytes: volume.sizeBytes }))
  t.equal((await under.machine.firstBoot(detail.orders[0]!.id, 1, under.machine.key, { kept: read })).status, 204)
  t.match((await under.detail()).proof, { same: true, rows: [{ atFirstBoot: String }] })
  const lost = read.map(volume => volume.volume === 'vg0/srv' ? { ...volume, filesystemUuid: null } : volume)
  t.equal((await under.machine.firstBoot(detail.orders[0]!.id, 1, under.machine.key, { kept: lost })).status, 204)
  const damaged = await under.detail()
  t.match(damaged, { machine: { alarms: 1 }, proof: { same: false } })
  t.match(damaged.timeline.at(-1), { alarm: true, text: /At the first boot: The file-system UUID of vg0\/srv \(\/srv\) was [0-9a-f-]{36}, and none can be read now/ })
})

t.test('what a machine that lies reports after its reprovision is an alarm, and no proof', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  const given = await under.boot()
  await under.machine.progress('disks')
  under.facts.lvm.logicalVolumes.find(volume => volume.name === 'srv')!.signature = { type: 'xfs', uuid: '11111111-2222-3333-4444-555555555555', label: null }
  t.equal((await under.machine.installed(await under.machine.report(reportFiles(under.facts)))).status, 204)
  const detail = await under.detail()
  t.match(detail, { proof: { same: false }, machine: { alarms: 1 } })
  t.ok(detail.timeline.some(entry => entry.alarm && /Kept, and not the same any more: The file-system UUID of vg0\/srv/.test(entry.text)))
  t.ok(given.status === 200)
})

t.test('only the boot that was given the plan may say that it was installed', async t => {
  const under = await installedMachine(t)
  const report = await under.machine.report(reportFiles(under.facts))
  t.equal((await under.machine.installed(report)).status, 204, 'its own boot may, again')
  const bearer = under.machine.bearer
  under.machine.bearer = ''
  t.equal((await under.machine.installed(report)).status, 401)
  under.machine.bearer = bearer
  const thief = new SimulatedMachine(under.bastion, 1)
  thief.bearer = bearer
  t.equal((await thief.installed(await thief.report(reportFiles(under.facts)))).status, 410, 'another key may not')
  await under.reprovision()
  await under.machine.overlay(await under.machine.dispatch())
  t.equal((await under.machine.installed(report)).status, 409, 'nor a boot that has no plan yet')
  t.equal((await under.order()).state, 'armed')
})

t.test('a volume that is lost in between: the order is refused, nothing is touched, the machine boots its disk, and a retry shows the new plan', async t => {
  const under = await installedMachine(t, { boot: { afterFailure: 'local-disk' } })
  await under.reprovision()
  const healthy = structuredClone(under.facts)
  under.lose('srv')
  const refused = await under.boot()
  t.equal(refused.status, 409)
  t.match(refused.json(), { refusals: [{ code: 'lost-volume', accept: 'lost-volume=srv' }] })
  const failed = await under.detail()
  t.match(failed.machine, { state: 'installed', order: { state: 'failed', because: /Nothing was touched/ } })
  t.same(failed.facts!.lvm, under.facts.lvm, 'what was reported is known, refused or not')
  t.match(await under.machine.dispatch(), /The reprovision of worker-1 failed(.|\n)*sanboot/)

  t.equal(await under.digest({ retry: true }), 'lost-volume')
  t.match((await under.post('/api/machines/worker-1/retry', {})).json(), { refusals: [{ code: 'plan-not-shown', nextStep: /retry worker-1/ }] })
  t.match((await under.post('/api/machines/worker-1/retry', { shown: '0'.repeat(64) })).json(), { refusals: [{ code: 'lost-volume' }] })
  const accept = ['lost-volume=srv']
  const shown = await under.digest({ retry: true, accept })
  t.match(shown, /^[0-9a-f]{64}$/)
  t.match((await under.post('/api/machines/worker-1/retry', { shown })).json(), { refusals: [{ code: 'lost-volume' }] }, 'what was accepted belongs to the word')
  const retried = await under.post('/api/machines/worker-1/retry', { shown, accept })
  t.match(retried.json(), { state: 'armed', attempt: 2, accept })
  t.match((await under.detail()).timeline.at(-1), { phase: 'operator', evidence: 'operator', text: /^admin armed attempt 2 .*after its plan was shown; accepted: lost-volume=srv/ })

  under.facts = healthy
  const safer = await under.boot()
  t.equal(safer.status, 200, 'what turned up again is kept, and that is safer than what was shown')
  await under.obey(safer)
  t.match(await under.detail(), { machine: { state: 'installed' }, proof: { same: true } })
})

t.test('a plan that would lose more than was shown is not carried out', async t => {
  const under = await installedMachine(t)
  under.add('vm')
  const home = structuredClone(under.facts)
  await under.reprovision()
  t.equal((await under.boot()).status, 200, 'something more to keep is no reason to stop')
  await under.machine.dispatch()
  under.facts = home
  const shown = await under.digest({ retry: true })
  under.lose('vm')
  t.match((await under.post('/api/machines/worker-1/retry', { shown })).json(), { state: 'armed' })
  const gone = await under.boot()
  t.equal(gone.status, 409, 'what was to be kept is gone')
  t.match(gone.json(), { refusals: [{ code: 'plan-changed' }] })
})

t.test('a machine that is refused stays in its RAM disk, and a retry needs no walk', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  under.lose('srv')
  t.equal((await under.boot()).status, 409)
  t.match((await under.machine.next()).body.toString(), /^wait/, 'while it is failed, it waits')
  t.match((await under.detail()).machine, { waiting: true })
  const accept = ['lost-volume=srv']
  t.equal((await under.post('/api/machines/worker-1/retry', { accept, shown: await under.digest({ retry: true, accept }) })).status, 200)
  const next = await under.machine.next()
  t.equal(next.type, 'application/x-cpio')
  under.machine.bearer = /Authorization: Bearer ([A-Za-z0-9_-]{22})\n/.exec(next.body.toString())![1]!
  t.equal((await under.report()).status, 200)
})

t.test('cancelled after it was refused: the machine stays installed, and its RAM disk is told to boot the disk', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  under.lose('srv')
  await under.boot()
  const polled = under.machine.next()
  t.equal((await under.post('/api/machines/worker-1/cancel', {})).status, 200)
  t.match((await polled).body.toString(), /^local-disk/)
  t.match((await under.detail()).machine, { state: 'installed', order: { state: 'cancelled' } })
  t.match(await under.machine.dispatch(), /worker-1 is installed(.|\n)*sanboot/)
})

t.test('cancelled before it was consumed: the machine stays installed', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  await under.machine.overlay(await under.machine.dispatch())
  await under.post('/api/machines/worker-1/cancel', {})
  t.equal((await under.report()).status, 410)
  t.match((await under.detail()).machine, { state: 'installed', order: { state: 'cancelled' } })
  t.match(await under.machine.dispatch(), /is installed(.|\n)*sanboot/)
})

t.test('a reprovision that was cut in the middle leaves no system to boot, and a retry completes it', async t => {
  const under = await installedMachine(t)
  await under.reprovision()
  const given = await under.boot()
  await under.machine.progress('disks')
  t.match(await under.machine.dispatch(), /came back without finishing its reprovision(.|\n)*sanboot/)
  t.match((await under.detail()).machine, { state: 'discovered', order: { state: 'failed' } })
  t.equal((await under.post('/api/machines/worker-1/retry', { shown: await under.digest({ retry: true }) })).status, 200)
  await under.obey(await under.boot())
  t.match(await under.detail(), { machine: { state: 'installed', order: { state: 'done', attempt: 2 } }, proof: { same: true } })
  t.equal(given.status, 200)
})

t.test('a machine that was never installed here is refused until it is adopted; then it is reprovisioned', async t => {
  const donor = await installedMachine(t)
  const facts = structuredClone(donor.facts)
  for (const group of facts.lvm.volumeGroups) group.tags = []
  for (const volume of facts.lvm.logicalVolumes) volume.tags = []
  t.equal((await donor.bastion.control('DELETE', '/api/machines/worker-1')).status, 204)
  const under = donor
  under.facts = facts
  await under.machine.overlay(await under.machine.dispatch())
  await under.report()
  t.match(await under.detail(), { machine: { state: 'discovered' }, record: null, proof: null })
  t.equal(await under.digest(), 'not-recorded')
  t.equal((await under.bastion.control('GET', `/api/machines/${under.machine.mac}/record`)).status, 404)
  const path = `/api/machines/${under.machine.mac}/adopt`
  const would = (await under.post(path, {})).json() as { recorded: boolean, digest: string, notes: string[], record: StorageRecord }
  t.match(would, { recorded: false, record: { volumes: [{ mount: '/', origin: 'adopted' }, { mount: '/home' }, { mount: '/srv' }] } })
  t.ok(would.notes.length > 0)
  t.equal((await under.detail() as MachineDetail).record, null, 'looking records nothing')
  t.match((await under.post(path, { shown: '0'.repeat(64) })).json(), { refusals: [{ code: 'record-changed' }] })
  t.match((await under.post(path, { shown: would.digest })).json(), { recorded: true })
  t.match((await under.detail()).timeline.at(-1), { phase: 'operator', text: /^admin had the machine adopted; ours are from now on: vg0\/root for \// })
  t.match((await under.reprovision()).json(), { refusals: [{ code: 'name-missing' }] })
  const ordered = await under.reprovision({ name: 'worker-7', shown: await under.digest() })
  t.equal(ordered.status, 201)
  await under.obey(await under.boot())
  t.match(await under.detail(), { machine: { state: 'installed', name: 'worker-7' }, proof: { same: true } })
})

t.test('an install whose plan was shown is compared as well, and one whose plan was not stays possible', async t => {
  const under = await discoveredMachine(t)
  const shown = await under.digest({ order: 'install' })
  t.match((await under.post('/api/install', { machine: under.machine.mac, name: 'worker-1', shown: '0'.repeat(64) })).json(), { refusals: [{ code: 'plan-changed' }] })
  t.match((await under.post('/api/install', { machine: under.machine.mac, name: 'worker-1', shown })).json(), { planShown: true })
  under.facts.disks[0]!.signature = { type: 'ext4', uuid: '11111111-2222-3333-4444-555555555555', label: 'photos' }
  const refused = await under.boot()
  t.equal(refused.status, 409)
  t.match(refused.json(), { refusals: [{ code: 'disk-holds-data' }] })
  t.match((await under.post('/api/machines/worker-1/retry', {})).json(), { refusals: [{ code: 'plan-not-shown' }] })
  const wipe = ['disk-SN-1']
  t.equal(await under.digest({ order: 'install', retry: true }), 'disk-holds-data')
  t.match((await under.post('/api/machines/worker-1/retry', { wipe, shown: await under.digest({ order: 'install', retry: true, wipe }) })).json(), { state: 'armed', wipe })
  await under.obey(await under.boot())
  t.match((await under.detail()).machine, { state: 'installed' })
})

t.test('a machine that was forgotten is itself again by its tags, and is adopted by them', async t => {
  const under = await installedMachine(t)
  const { machine: { id } } = await under.detail()
  await under.bastion.control('DELETE', '/api/machines/worker-1')
  await under.machine.overlay(await under.machine.dispatch())
  await under.report()
  t.equal((await under.detail()).machine.id, id)
  const path = `/api/machines/${under.machine.mac}/adopt`
  const would = (await under.post(path, {})).json() as { digest: string, record: StorageRecord }
  t.equal(would.record.machineId, id)
  await under.post(path, { shown: would.digest })
  t.equal((await under.reprovision({ name: 'worker-1', shown: await under.digest() })).status, 201)
  await under.obey(await under.boot())
  t.match(await under.detail(), { proof: { same: true } })

  const twin = new SimulatedMachine(under.bastion, 2)
  await twin.overlay(await twin.dispatch())
  const { nics: _nics, 'dmi/product_uuid': _uuid, 'dmi/product_serial': _serial, ...disks } = reportFiles(under.facts)
  t.equal((await twin.facts(await twin.report(disks))).status, 200)
  const other = (await under.bastion.control('GET', `/api/machines/${twin.mac}`)).json() as unknown as MachineDetail
  t.not(other.machine.id, id, 'its cloned disk in another machine is not that machine')
  t.match((await under.post(`/api/machines/${twin.mac}/adopt`, {})).json(), { refusals: [{ code: 'volume-tag-disagrees' }, {}, {}] })
})
