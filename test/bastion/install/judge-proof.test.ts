import t from 'tap'
import { describeDamage, judgeFirstBootProof, judgeProof } from '../../../bastion/install/judge-proof.ts'
import { factsOf, volumeOf } from '../volumes/facts-of.ts'

const kept = [
  { group: 'vg0', name: 'srv', uuid: 'U1', sizeBytes: 100, mount: '/srv', filesystem: 'ext4', filesystemUuid: 'F1' },
  { group: 'vg0', name: 'raw', uuid: 'U2', sizeBytes: 200, mount: null, filesystem: null, filesystemUuid: null },
]
const signature = { type: 'ext4', uuid: 'F1', label: null }
const srv = volumeOf('vg0', 'srv', { uuid: 'U1', sizeBytes: 100, signature })
const raw = volumeOf('vg0', 'raw', { uuid: 'U2', sizeBytes: 200 })
const read = [{ volume: 'vg0/srv', uuid: 'U1', filesystemUuid: 'F1', sizeBytes: 100 }, { volume: 'vg0/raw', uuid: 'U2', filesystemUuid: null, sizeBytes: 200 }]
const changed = (proof: ReturnType<typeof judgeProof>) => proof.rows.filter(row => !row.same).map(row => `${row.volume} ${row.what}`)

t.test('what was kept is proved by volume UUID, file-system UUID and size', async t => {
  const proof = judgeProof('o1', kept, factsOf([], { logicalVolumes: [srv, raw] }))
  t.match(proof, { order: 'o1', same: true, rows: [{ volume: 'vg0/srv', mount: '/srv', before: 'U1', after: 'U1', atFirstBoot: null, same: true }, {}, {}, { volume: 'vg0/raw', mount: null }, {}] })
  t.equal(proof.rows.length, 5, 'what holds no file system has no UUID of one to compare')
  t.same(describeDamage(proof, 'after'), [])
})

const damaged: [string, Parameters<typeof factsOf>[1], string[]][] = [
  ['a volume that is gone', { logicalVolumes: [srv] }, ['vg0/raw volume-uuid', 'vg0/raw size-bytes']],
  ['a volume made anew under its name', { logicalVolumes: [{ ...srv, uuid: 'U9' }, raw] }, ['vg0/srv volume-uuid']],
  ['a volume that shrank', { logicalVolumes: [{ ...srv, sizeBytes: 99 }, raw] }, ['vg0/srv size-bytes']],
  ['a volume that was formatted', { logicalVolumes: [{ ...srv, signature: { ...signature, uuid: 'F9' } }, raw] }, ['vg0/srv filesystem-uuid']],
  ['a volume whose file system is gone', { logicalVolumes: [{ ...srv, signature: null }, raw] }, ['vg0/srv filesystem-uuid']],
  ['two volumes of one name', { logicalVolumes: [srv, { ...srv, groupUuid: 'other' }, raw] }, ['vg0/srv volume-uuid', 'vg0/srv filesystem-uuid', 'vg0/srv size-bytes']],
]
for (const [name, facts, rows] of damaged) t.test(`${name} is no proof`, async t => {
  const proof = judgeProof('o1', kept, factsOf([], facts))
  t.equal(proof.same, false)
  t.same(changed(proof), rows)
  t.equal(describeDamage(proof, 'after').length, rows.length)
})

t.test('the first boot proves it once more; a lost report does not stand in its way, and damage is not forgotten', async t => {
  const before = judgeProof('o1', kept, factsOf([], { logicalVolumes: [srv, raw] }))
  t.match(judgeFirstBootProof('o1', kept, before, read), { same: true, rows: [{ after: 'U1', atFirstBoot: 'U1' }] })
  t.match(judgeFirstBootProof('o1', kept, null, read), { same: true, rows: [{ after: null, atFirstBoot: 'U1' }] })
  t.same(changed(judgeFirstBootProof('o1', kept, before, read.slice(1))), ['vg0/srv volume-uuid', 'vg0/srv filesystem-uuid', 'vg0/srv size-bytes'], 'what the first boot does not find is not the same')
  const elsewhere = judgeFirstBootProof('o1', kept, before, [{ ...read[0]!, mountedFrom: '/dev/sdb1' }, read[1]!])
  t.same([elsewhere.same, changed(elsewhere)], [false, ['vg0/srv mounted-device']], 'a copy that is mounted in its place')
  t.match(describeDamage(elsewhere, 'atFirstBoot'), [/^\/srv is not vg0\/srv: \/dev\/sdb1 is mounted there\./])
  t.match(describeDamage(judgeFirstBootProof('o1', kept, null, [{ ...read[0]!, mountedFrom: null }, read[1]!]), 'atFirstBoot'), [/^\/srv is not vg0\/srv: nothing is mounted there\./])
  t.match(judgeFirstBootProof('o1', kept, elsewhere, read), { same: true, rows: { length: 5 } }, 'a later boot that finds the volume')
  const lost = judgeProof('o1', kept, factsOf([], { logicalVolumes: [{ ...srv, signature: null }, raw] }))
  t.same(changed(judgeFirstBootProof('o1', kept, lost, read)), ['vg0/srv filesystem-uuid'])
  t.match(describeDamage(judgeFirstBootProof('o1', kept, before, [{ ...read[0]!, filesystemUuid: 'F9' }, read[1]!]), 'atFirstBoot'), ['The file-system UUID of vg0/srv (/srv) was F1, and is F9 now.'])
})
