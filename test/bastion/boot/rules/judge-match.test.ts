import t from 'tap'
import { describeMatch, fitsPattern, judgeMatch } from '../../../../bastion/boot/rules/judge-match.ts'
import type { RuleMatch } from '../../../../bastion/platform/rule-schema.ts'
import { sampleDisk, sampleFacts } from '../../../lib/sample-facts.ts'

const machine = { facts: sampleFacts(), macs: ['52:54:00:00:00:01', '52:54:00:00:00:02'], labels: { rack: 'a1' } }
const fits = (match: RuleMatch, more: Partial<typeof machine> = {}) => judgeMatch(match, { ...machine, ...more }).every(condition => condition.fits)

t.test('a pattern is the whole text, with stars for any characters, whatever the case', async t => {
  for (const [pattern, value, wanted] of [
    ['Dell Inc.', 'dell inc.', true], ['Dell', 'Dell Inc.', false], ['Dell*', 'Dell Inc.', true], ['*inc*', 'Dell Inc.', true], ['*R6*0', 'PowerEdge R640', true], ['*R6*0', 'PowerEdge R6', false],
    ['a*a', 'a', false], ['a*a', 'aa', true], ['*', '', true], ['', '', true], ['*ab*ab*', 'abab', true], ['*ab*ab*', 'ab', false], ['ab*b', 'ab', false], ['.*', 'Dell', false], ['D[e]ll', 'Dell', false], ['a**b', 'axb', true],
  ] as const) t.equal(fitsPattern(pattern, value), wanted, `${pattern} and ${value}`)
})

t.test('every condition that is named must hold, and each says what is wanted and what is', async t => {
  const conditions = judgeMatch({ vendor: 'QEMU', product: 'Power*', serials: ['SN-*', 'X'], macs: ['52:54:*:02'], firmware: 'uefi', memoryGib: { least: 2, most: 2 }, disks: { least: 1, most: 1, leastGib: 40, rotational: false }, labels: { rack: 'a*', row: '1' } }, machine)
  t.same(conditions.map(({ what, wanted, is, fits: so }) => [what, wanted, is, so]), [
    ['vendor', 'QEMU', 'QEMU', true], ['product', 'Power*', 'Standard PC', false], ['serial', 'SN-* or X', 'SN-1', true], ['MAC', '52:54:*:02', '52:54:00:00:00:01, 52:54:00:00:00:02', true],
    ['firmware', 'uefi', 'bios', false], ['memory in GiB', '2', '2', true], ['disks', '1', '1', true], ['each disk’s size in GiB', 'at least 40', '40.0', true], ['each disk’s kind', 'not rotating', 'rotating', false],
    ['label rack', 'a*', 'a1', true], ['label row', '1', 'not known', false],
  ])
})

t.test('what is not known fits nothing, not even a star', async t => {
  const facts = sampleFacts({ system: { ...sampleFacts().system, manufacturer: null, product: null, serial: 'To be filled by O.E.M.' } })
  for (const match of [{ vendor: '*' }, { product: '*' }, { serials: ['*'] }, { serials: ['To be*'] }, { labels: { row: '*' } }]) t.notOk(fits(match, { facts }), JSON.stringify(match))
  t.notOk(fits({ macs: ['*'] }, { macs: [] }))
  t.notOk(fits({ disks: { leastGib: 0 } }, { facts: sampleFacts({ disks: [] }) }), 'each of no disk is none')
  t.ok(fits({ disks: { most: 0 } }, { facts: sampleFacts({ disks: [] }) }))
})

t.test('memory is what was bought: the modules together, else what the kernel sees, rounded up', async t => {
  const modules = (sizes: number[]) => sampleFacts({ memory: { totalBytes: 125.4 * 2 ** 30, modules: sizes.map(gib => ({ locator: null, sizeBytes: gib * 2 ** 30, type: null, speedMtps: null, manufacturer: null, serial: null, partNumber: null })) } })
  t.ok(fits({ memoryGib: { least: 128, most: 128 } }, { facts: modules([64, 64]) }))
  t.ok(fits({ memoryGib: { least: 126, most: 126 } }, { facts: modules([]) }))
  t.notOk(fits({ memoryGib: { most: 127 } }, { facts: modules([64, 64]) }))
})

t.test('one disk of another kind is enough not to fit; removable ones do not count', async t => {
  const facts = (...disks: Parameters<typeof sampleDisk>[0][]) => sampleFacts({ disks: disks.map(disk => sampleDisk(disk)) })
  t.ok(fits({ disks: { least: 2, rotational: true, mostGib: 40, model: 'ST*' } }, { facts: facts({ model: 'ST1' }, { model: 'ST2' }, { model: 'Stick', removable: true, sizeBytes: 2 ** 40 }) }))
  t.notOk(fits({ disks: { rotational: true } }, { facts: facts({}, { rotational: false }) }))
  t.notOk(fits({ disks: { most: 1 } }, { facts: facts({}, {}) }))
  t.notOk(fits({ disks: { mostGib: 40 } }, { facts: facts({}, { sizeBytes: 41 * 2 ** 30 }) }))
  t.notOk(fits({ disks: { model: '*' } }, { facts: facts({ model: null }) }))
})

t.test('what a rule wants can be said without a machine', async t => {
  t.same(describeMatch({ vendor: 'Dell*', memoryGib: { least: 64 }, disks: { least: 1, most: 2, rotational: false }, macs: ['a*', 'b*'] }), ['vendor Dell*', 'MAC a* or b*', 'memory in GiB at least 64', 'disks at least 1, at most 2', 'each disk’s kind not rotating'])
})
