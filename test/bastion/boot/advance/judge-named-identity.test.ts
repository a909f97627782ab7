import t from 'tap'
import { judgeNamedIdentity } from '../../../../bastion/boot/advance/judge-named-identity.ts'
import { sampleDisk, sampleFacts } from '../../../lib/sample-facts.ts'

const facts = sampleFacts()
const uuid = facts.system.uuid!

t.test('a serial or UUID of the system and a disk prove the machine', async t => {
  for (const named of [{ serial: 'SN-1', disks: ['disk-1'] }, { serial: ' sn-1', disks: ['virtio-disk-1'] }, { uuid: uuid.toUpperCase(), disks: ['disk-1'] }, { uuid, serial: 'SN-1', disks: ['disk-1'] }, { uuid: '107a9b5e-0000-0040-8000-000000000001', disks: ['disk-1'] }]) {
    t.equal(judgeNamedIdentity(named, facts).kind, 'agrees', JSON.stringify(named))
  }
})

t.test('less than that proves nothing', async t => {
  t.match(judgeNamedIdentity({}, facts), { kind: 'unproven', because: /no serial or UUID of the system and no disk by its serial/ })
  t.match(judgeNamedIdentity({ serial: 'SN-1' }, facts), { kind: 'unproven', because: /names no disk by its serial that/ })
  t.match(judgeNamedIdentity({ disks: ['disk-1'] }, facts), { kind: 'unproven', because: /names no serial or UUID of the system that/ })
  t.match(judgeNamedIdentity({ serial: 'SN-1', disks: ['disk-1'] }, facts, value => value === 'SN-1'), { kind: 'unproven' }, 'a serial that two machines have')
  const qemu = sampleFacts({ disks: [sampleDisk({ serial: 'QM00001' })] })
  t.match(judgeNamedIdentity({ serial: 'SN-1', disks: ['QM00001'] }, qemu), { kind: 'unproven' }, 'a disk serial that every virtual machine has')
  const junk = sampleFacts({ system: { ...facts.system, serial: 'Default string' } })
  t.match(judgeNamedIdentity({ serial: 'Default string', disks: ['disk-1'] }, junk), { kind: 'unproven' })
})

t.test('one thing that is otherwise is enough to differ', async t => {
  t.match(judgeNamedIdentity({ serial: 'SN-1', disks: ['disk-1', 'disk-2'] }, facts), { kind: 'differs', because: 'the order names disk disk-2, and the machine has virtio-disk-1, 40.0 GiB' })
  t.match(judgeNamedIdentity({ uuid: '00000000-1111-4222-8333-444444444444', serial: 'SN-1', disks: ['disk-1'] }, facts), { kind: 'differs' })
  t.match(judgeNamedIdentity({ serial: 'SN-1', disks: ['disk-1'] }, sampleFacts({ system: { ...facts.system, serial: null }, disks: [] })), { kind: 'differs', because: /serial SN-1, and the machine has none; disk disk-1, and the machine has none/ })
  t.match(judgeNamedIdentity({ serial: 'SN-1', disks: ['disk-1'] }, sampleFacts({ disks: [sampleDisk(), sampleDisk({ name: 'vdb' })] })), { kind: 'differs' }, 'a serial that two disks have names none')
})
