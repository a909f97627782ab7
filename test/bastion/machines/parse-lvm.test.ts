import t from 'tap'
import { parseLvm } from '../../../bastion/machines/parse-lvm.ts'

const [vg, pv, root, mixed] = ['AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA', 'BBBBBB-BBBB-BBBB-BBBB-BBBB-BBBB-BBBBBB', 'CCCCCC-CCCC-CCCC-CCCC-CCCC-CCCC-CCCCCC', 'DDDDDD-DDDD-DDDD-DDDD-DDDD-DDDD-DDDDDD']
const exits = Buffer.from('lvm 0 1.0 2.0\n')

/** `number` and `list` as the version writes them. */
const report = (number: (value: number) => unknown, list: (tags: string[]) => unknown, more: Record<string, unknown> = {}): Buffer => Buffer.from(JSON.stringify({ report: [{
  vg: [{ vg_name: 'vg0', vg_uuid: vg, vg_extent_size: number(4194304), vg_size: number(41943040), vg_free: number(8388608), vg_systemid: '', vg_exported: '', vg_partial: '', vg_tags: list(['labctl.installed', 'x']), vg_missing_pv_count: number(0) }],
  pv: [{ pv_name: '/dev/sda4', pv_uuid: pv, vg_name: 'vg0', pv_size: number(41943040), dev_size: number(43000000), pv_free: number(8388608), pe_start: number(1048576), pv_missing: '', pv_duplicate: '', pv_attr: 'a--', pv_tags: list([]) }],
  lv: [
    { lv_name: 'root', lv_uuid: root, vg_name: 'vg0', lv_size: number(16777216), lv_attr: '-wi-------', origin: '', pool_lv: '', lv_tags: list(['labctl.id._', 'labctl.ready']), lv_role: 'public', lv_layout: 'linear' },
    { lv_name: 'mixed', lv_uuid: mixed, vg_name: 'vg0', lv_size: number(16777216), lv_attr: '-wi-------', origin: '', pool_lv: '', lv_tags: list([]), lv_role: 'public', lv_layout: 'linear' },
  ],
  seg: [{ lv_uuid: root, segtype: 'linear', seg_start: number(0) }, { lv_uuid: root, segtype: 'linear', seg_start: number(8388608) }, { lv_uuid: mixed, segtype: 'linear', seg_start: number(0) }, { lv_uuid: mixed, segtype: 'striped', seg_start: number(8388608) }],
}], ...more }))

const forms: [string, Buffer][] = [
  ['2.02: all text', report(String, tags => tags.join(','))],
  ['2.02: with the unit', report(value => `${value}B`, tags => tags.join(','))],
  ['2.03.16: with a log beside it', report(String, tags => tags.join(','), { log: [] })],
  ['2.03.3x: numbers and lists', report(value => value, tags => tags, { log: [{ log_type: 'status', log_message: 'success' }] })],
]

for (const [what, bytes] of forms) {
  t.test(`groups, volumes and tags are read from the report of LVM ${what}`, async t => {
    const lvm = parseLvm(new Map([['lvm.json', bytes], ['exits', exits]]))
    if (typeof lvm === 'string') throw new Error(lvm)
    t.same(lvm.warnings, [])
    t.match(lvm.volumeGroups, [{ name: 'vg0', uuid: vg, extentBytes: 4194304, sizeBytes: 41943040, freeBytes: 8388608, partial: false, exported: false, tags: ['labctl.installed', 'x'] }])
    t.match(lvm.physicalVolumes, [{ device: '/dev/sda4', uuid: pv, group: 'vg0', sizeBytes: 41943040, freeBytes: 8388608, missing: false, duplicate: false }])
    t.same(lvm.logicalVolumes.map(({ name, segmentType, tags }) => [name, segmentType, tags]), [['root', 'linear', ['labctl.id._', 'labctl.ready']], ['mixed', 'linear+striped', []]])
  })
}

t.test('names and UUIDs that LVM never makes are believed in no form', async t => {
  for (const name of ["a'b", 'a b', 'a\nb', '-rf', 'a/b', 'ä', '']) {
    const bytes = Buffer.from(forms[0]![1].toString().replaceAll('"vg0"', JSON.stringify(name)))
    const lvm = parseLvm(new Map([['lvm.json', bytes], ['exits', exits]]))
    t.ok(typeof lvm === 'string' || lvm.volumeGroups.length === 0, JSON.stringify(name))
  }
})
