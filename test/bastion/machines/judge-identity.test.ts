import t from 'tap'
import { judgeIdentity, type IdentityClaim } from '../../../bastion/machines/judge-identity.ts'
import { isJunk } from '../../../bastion/machines/junk-identities.ts'

const uuid = '3f2b6c1e-7c1d-4c55-9a0f-1d2e3f4a5b6c'
const other = 'a0b1c2d3-7c1d-4c55-9a0f-1d2e3f4a5b6c'
const zeros = '00000000-0000-0000-0000-000000000000'
const recorded: IdentityClaim = { uuid, serial: 'CZ1234', macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'] }
const unknown = ['52:54:00:00:00:99']
const judge = (reported: Partial<IdentityClaim>, was: Partial<IdentityClaim> = {}) => judgeIdentity({ ...recorded, ...was }, { ...recorded, ...reported })

const table: [title: string, reported: Partial<IdentityClaim>, was: Partial<IdentityClaim>, kind: string, because: RegExp][] = [
  ['everything agrees', {}, {}, 'same', /UUID .* and MAC .* are those recorded/],
  ['dispatch sees one of the recorded MACs', { macs: ['52:54:00:00:00:02'] }, {}, 'same', /52:54:00:00:00:02/],
  ['a network card was added', { macs: [...recorded.macs, ...unknown] }, {}, 'same', /UUID/],
  ['letters of another case', { uuid: uuid.toUpperCase(), serial: 'cz1234 ' }, {}, 'same', /UUID/],
  ['UUID and MAC agree, the serial was never known', {}, { serial: null }, 'same', /UUID/],
  ['serial and MAC agree, the UUID is junk', { uuid: zeros }, {}, 'same', /serial CZ1234/],
  ['the same UUID with another set of MACs', { macs: unknown, serial: null }, {}, 'limbo', /two machines have the UUID/],
  ['the same UUID and serial with another set of MACs: a clone, or all cards exchanged', { macs: unknown }, {}, 'limbo', /two machines have the UUID/],
  ['the same MAC on another board', { uuid: other, serial: 'X9' }, {}, 'limbo', /another board: UUID was .* and is .*, serial was CZ1234 and is X9/],
  ['the same MAC and serial, another UUID', { uuid: other }, {}, 'limbo', /another board: UUID/],
  ['the same MAC and UUID, another serial', { serial: 'X9' }, {}, 'limbo', /another board: serial/],
  ['only the MAC agrees: the board says nothing any more', { uuid: zeros, serial: 'Default string' }, {}, 'limbo', /a MAC alone is no identity/],
  ['only the MAC agrees: the board said nothing before', {}, { uuid: null, serial: null }, 'limbo', /a MAC alone is no identity/],
  ['only the serial agrees', { uuid: null, macs: unknown }, {}, 'limbo', /two machines have the serial/],
  ['a serial that repeats on a board with its own UUID and MACs', { uuid: other, macs: unknown }, {}, 'differs', /neither MAC nor UUID/],
  ['nothing agrees', { uuid: other, serial: 'X9', macs: unknown }, {}, 'differs', /neither/],
  ['two boards with the same junk UUID and serial', { uuid: zeros, serial: 'None', macs: unknown }, { uuid: zeros, serial: 'None' }, 'differs', /neither/],
  ['no MAC was seen', { macs: [] }, {}, 'limbo', /this one none/],
]
for (const [title, reported, was, kind, because] of table) {
  t.test(`${title}: ${kind}`, async t => {
    const judgement = judge(reported, was)
    t.equal(judgement.kind, kind)
    t.match(judgement.because, because)
  })
}

t.test('a board that never had a UUID or serial is known by its MAC, and the judgement says that this is all', async t => {
  const nothing = { uuid: zeros, serial: 'To be filled by O.E.M.' }
  t.match(judge(nothing, nothing), { kind: 'same', proof: 'mac' })
  t.match(judge({}, {}), { kind: 'same', proof: 'board' })
})

t.test('values that vendors repeat count for nothing', async t => {
  const junk = [zeros, 'ffffffff-ffff-ffff-ffff-ffffffffffff', '03000200-0400-0500-0006-000700080009', '00020003-0004-0005-0006-000700080009', '11111111-1111-1111-1111-111111111111',
    'To be filled by O.E.M.', 'To Be Filled By O.E.M. ', 'Default string', 'System Serial Number', 'None', 'none', 'N/A', 'Not Specified', '0123456789', '123456789', '1234567890', '12345678', '123456789000', '0', '', '   ', '.....', 'xxxxxxx', '0000000000']
  for (const value of junk) t.ok(isJunk(value), JSON.stringify(value))
})

t.test('values that only look a little like junk count', async t => {
  for (const value of [uuid, 'CZ1234', 'VMware-56 4d 0f', '00000000-0000-0000-0000-ac1f6b000001', '4c4c4544-0042-3510-8058-b4c04f4d3532', 'MB123456789A', '2102312DNA10K9000123', 'SER1', '7654321']) t.notOk(isJunk(value), value)
})
