import { join } from 'node:path'
import t from 'tap'
import type { ExpectedMachine } from '../../../protocol/expected.ts'
import { ExpectedStore } from '../../../bastion/machines/expected-store.ts'
import { judgeExpected } from '../../../bastion/machines/judge-expected.ts'
import { openDatabase } from '../../../bastion/platform/database.ts'

const entry = (more: Partial<ExpectedMachine>): Omit<ExpectedMachine, 'problem' | 'createdAt' | 'updatedAt'> => ({ id: '01900000-0000-7000-8000-000000000001', mac: null, uuid: null, serial: null, name: null, role: null, labels: {}, settings: {}, by: 'alice', ...more })
const other = '01900000-0000-7000-8000-000000000002'
const mac = '52:54:00:00:00:01'
const uuid = '5e9b7a10-0000-4000-8000-000000000001'

t.test('what is known of a machine never seen is found by all that it is known by, and is still there after a restart', async t => {
  const path = join(t.testdir(), 'bastion.sqlite')
  const database = openDatabase(path)
  const store = new ExpectedStore(database, () => 7)
  store.put(entry({ mac, uuid, serial: 'AbC-1', name: 'worker-1', role: 'worker', labels: { rack: '3' }, settings: { dns: ['10.0.0.1'] } }))
  database.close()
  const again = openDatabase(path)
  t.teardown(() => { again.close() })
  const read = new ExpectedStore(again, () => 8)
  const found = read.list()
  t.match(found, [{ mac, uuid, serial: 'AbC-1', name: 'worker-1', role: 'worker', labels: { rack: '3' }, settings: { dns: ['10.0.0.1'] }, by: 'alice', problem: null, createdAt: 7, updatedAt: 7 }])
  for (const reference of ['worker-1', '52-54-00-00-00-01', uuid.toUpperCase(), 'abc-1', found[0]!.id]) t.same(read.listByReference(reference), found, reference)
  for (const identity of [{ macs: [mac], uuids: [], serials: [] }, { macs: [], uuids: [uuid], serials: [] }, { macs: [], uuids: [], serials: ['ABC-1'] }]) t.same(read.listByIdentity(identity), found)
  t.same(read.listByIdentity({ macs: ['52:54:00:00:00:02'], uuids: [], serials: [] }), [])
  read.putProblem(found[0]!.id, 'it has another serial')
  t.match(read.findByName('worker-1'), { problem: 'it has another serial' })
  read.put(entry({ mac, name: 'worker-2' }))
  t.match(read.findById(found[0]!.id), { name: 'worker-2', serial: null, problem: null, createdAt: 7, updatedAt: 8 })
  read.remove(found[0]!.id)
  t.same(read.list(), [])
})

t.test('no two wait with one MAC, UUID, serial in whatever case, or name; and none waits for nobody', async t => {
  const database = openDatabase(join(t.testdir(), 'bastion.sqlite'))
  t.teardown(() => { database.close() })
  const store = new ExpectedStore(database, () => 7)
  store.put(entry({ mac, uuid, serial: 'abc-1', name: 'worker-1' }))
  for (const same of [{ mac }, { uuid }, { serial: 'ABC-1' }, { serial: 'XYZ', name: 'worker-1' }]) t.throws(() => { store.put(entry({ id: other, ...same })) }, /UNIQUE/)
  t.throws(() => { store.put(entry({ id: other, name: 'worker-2' })) }, /CHECK/)
  t.equal(store.list().length, 1)
})

const machine = { macs: [mac, '52:54:00:00:00:0a'], uuid, serial: 'ABC-1' }

for (const [what, expected, kind] of [
  ['its MAC alone', { mac: '52:54:00:00:00:0a' }, 'meant'],
  ['its serial in another case', { serial: ' abc-1' }, 'meant'],
  ['its UUID', { uuid }, 'meant'],
  ['its UUID in the byte order of older firmware', { uuid: '107a9b5e-0000-0040-8000-000000000001' }, 'meant'],
  ['all three', { mac, uuid, serial: 'ABC-1' }, 'meant'],
  ['its MAC with another serial', { mac, serial: 'XYZ-9' }, 'contradicts'],
  ['its serial with another MAC', { mac: '52:54:00:00:00:99', serial: 'ABC-1' }, 'contradicts'],
  ['nothing of it', { mac: '52:54:00:00:00:99', serial: 'XYZ-9' }, 'other'],
] as const) {
  t.test(`expected with ${what}: ${kind}`, async t => {
    t.equal(judgeExpected({ mac: null, uuid: null, serial: null, ...expected }, machine).kind, kind)
  })
}

t.test('why a machine is refused names both sides; junk and shared values agree with nobody', async t => {
  t.match(judgeExpected({ mac, uuid: null, serial: 'XYZ-9' }, machine), { because: 'MAC 52:54:00:00:00:01 agrees, but serial XYZ-9 was expected and it has ABC-1' })
  t.equal(judgeExpected({ mac: null, uuid: null, serial: 'To be filled by O.E.M.' }, { ...machine, serial: 'To be filled by O.E.M.' }).kind, 'other')
  t.equal(judgeExpected({ mac: null, uuid: null, serial: 'ABC-1' }, machine, value => value.toLowerCase() === 'abc-1').kind, 'other')
})
