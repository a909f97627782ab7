import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Value } from 'typebox/value'
import { parseFacts } from '../../../bastion/machines/parse-facts.ts'
import { FactsSchema, type Facts } from '../../../protocol/facts.ts'
import { readRecorded, recordedReports } from './read-fixture.ts'

function facts(parsed: ReturnType<typeof parseFacts>): Facts {
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed
}

for (const name of recordedReports) {
  t.test(`the recorded report ${name} gives its golden facts`, async t => {
    const parsed = facts(parseFacts(await readRecorded(name)))
    t.ok(Value.Check(FactsSchema, parsed), 'valid by the schema')
    const golden = new URL(`../../golden/facts/${name}.json`, import.meta.url)
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, `${JSON.stringify(parsed, null, 2)}\n`)
    t.same(parsed, JSON.parse(readFileSync(golden, 'utf8')))
  })
}

t.test('volumes on one disk: partitions, sectors, tags and file systems are read without activating anything', async t => {
  const parsed = facts(parseFacts(await readRecorded('bios-lvm-raid')))
  const nvme = parsed.disks.find(disk => disk.serial === 'NVM222')
  t.equal(nvme?.logicalSectorBytes, 4096)
  t.equal(nvme?.partitions[0]?.startBytes, 2 ** 20, 'the kernel counts in 512 bytes on a disk with 4096-byte sectors too')
  t.equal(parsed.disks.find(disk => disk.serial === 'VIRT333')?.signature, null, 'a blank disk is known to be blank')
  t.same(parsed.lvm.logicalVolumes.map(({ name, segmentType, signature, tags }) => [name, segmentType, signature?.type ?? null, signature?.label ?? null, tags]), [
    ['data', 'linear', 'ext4', 'a b"c$', []],
    ['empty', 'linear', null, null, []],
    ['odd', 'linear', null, null, []],
    ['root', 'linear', 'ext4', 'root', []],
    ['snap', 'snapshot', 'DM_snapshot_cow', null, []],
    ['swap', 'linear', 'swap', 'sw', []],
    ['var', 'linear', 'xfs', 'var', ['labctl.m1.+2Fvar']],
  ])
  t.same(parsed.raid.map(({ name, level, members }) => [name, level, members.map(member => member.device)]), [['old:data', 'raid1', ['/dev/sda', '/dev/sdb']]])
})

t.test('foreign, partial, exported groups and duplicate labels are told apart', async t => {
  const { lvm } = facts(parseFacts(await readRecorded('bios-odd-lvm')))
  const group = (name: string) => lvm.volumeGroups.find(one => one.name === name)
  t.equal(group('vgforeign')?.systemId, 'otherhost')
  t.equal(group('vgmiss')?.partial, true)
  t.equal(group('vgexp')?.exported, true)
  t.same(lvm.physicalVolumes.filter(volume => volume.missing).map(volume => volume.device), ['[unknown]'])
  t.equal(lvm.physicalVolumes.filter(volume => volume.duplicate).length, 1)
  t.match(lvm.warnings.join('\n'), /Not using device .* for PV/)
  const volume = (name: string) => lvm.logicalVolumes.find(one => one.name === name)
  t.equal(volume('vmdisk')?.signature?.type, 'gpt', 'a guest’s disk inside a volume is not empty')
  t.same([volume('thin1')?.segmentType, volume('thin1')?.pool, volume('pool')?.segmentType, volume('mir')?.segmentType], ['thin', 'pool', 'thin-pool', 'raid1'])
})

t.test('a disk that does not answer counts as holding something, and the others are still known', async t => {
  const parsed = facts(parseFacts(await readRecorded('bios-dead-disk')))
  t.same(parsed.disks.map(disk => [disk.serial, disk.signature?.type ?? null, disk.partitions.length]), [[null, 'unreadable', 0], ['VIRT333', null, 4]])
  t.ok(parsed.lvm.warnings.includes('LVM did not answer in time'))
})

t.test('with only the plain list of disks nothing is taken for blank but what wipefs read', async t => {
  const list = JSON.stringify({ blockdevices: [{ name: 'sda', kname: 'sda', type: 'disk', size: 2 ** 31, serial: 'A' }, { name: 'sdb', kname: 'sdb', type: 'disk', size: 2 ** 31, serial: 'B' }] })
  const parsed = facts(parseFacts(await readRecorded('bios-blank', { 'lsblk.json': '', 'lsblk-plain.json': list, 'exits': 'lsblk.json late\nlsblk-plain.json 0 1 2\nsignatures+sda 0 1 2\nsignatures+sdb late\n' })))
  t.same(parsed.disks.map(disk => disk.signature?.type ?? null), [null, 'unreadable'])
})

t.test('hostile firmware strings stay text of one line', async t => {
  const { system } = facts(parseFacts(await readRecorded('uefi-no-disk-hostile-dmi')))
  t.equal(system.manufacturer, '$(reboot) `id` "><script>alert(1)</script>\'')
  t.equal(system.product, 'ev\\il line2${IFS}|& {{x}}')
  t.equal(system.boardSerial, 'bad\ufffd\ufffdutf8')
  const long = facts(parseFacts(await readRecorded('bios-blank', { 'dmi/product_name': Buffer.concat([Buffer.alloc(10_240, 'A'), Buffer.from('\u001b[2J\u202e')]) })))
  t.equal(long.system.product, 'A'.repeat(200))
  const tricky = facts(parseFacts(await readRecorded('bios-blank', { 'dmi/product_serial': 'a\u001b[31m\u0000b\u202ec\n' })))
  t.equal(tricky.system.serial, 'a [31m b c')
})

t.test('a report without architecture, firmware kind or list of disks is no report; other gaps are unknown facts', async t => {
  const problem = async (change: Record<string, string | null>) => (parseFacts(await readRecorded('bios-blank', change)) as { problem?: string }).problem
  t.match(await problem({ uname: null }), /architecture/)
  t.match(await problem({ uname: 'x86 64; reboot' }), /architecture/)
  t.match(await problem({ firmware: 'coreboot' }), /bios or uefi/)
  t.match(await problem({ exits: null }), /lsblk did not list them \(it was not run\)/)
  t.match(await problem({ 'lsblk.json': '{"blockdevices": [' }), /lsblk\.json is not JSON/)
  t.match(await problem({ 'lsblk.json': '{"blockdevices":[{"kname":"sda","type":"disk","size":9,"children":[{"kname":"sda1","type":"part","size":1}]}]}' }), /a partition of sda came without/)
  t.match(await problem({ 'lvm.json': '{"report":[{"vg":[{"vg_name":"a;b"}]}]}' }), /volumes cannot be known/)
  const parsed = facts(parseFacts(await readRecorded('bios-blank', { 'dmi-table': null, cpuinfo: null, meminfo: null, nics: null, 'lvm.json': 'x', rtc: '', clock: 'soon' })))
  t.same(parsed.lvm.warnings, ['LVM’s report is not JSON'])
  t.same([parsed.cpu.sockets, parsed.memory.totalBytes, parsed.nics, parsed.clock], [1, 0, [], { systemEpoch: null, rtcEpoch: null }])
})

t.test('optical drives, eMMC boot areas and slots without a medium are no disks', async t => {
  const entry = (kname: string, type: string, size: number) => ({ kname, name: kname, type, size })
  const list = JSON.stringify({ blockdevices: [entry('sr0', 'rom', 9), entry('mmcblk0boot0', 'disk', 4096), entry('sdq', 'disk', 0), entry('zram0', 'disk', 4096), entry('loop0', 'loop', 4096)] })
  t.same(facts(parseFacts(await readRecorded('bios-blank', { 'lsblk.json': list }))).disks, [])
})

for (const version of ['2.03.16', '2.03.31']) {
  t.test(`the report of LVM ${version} is understood`, async t => {
    const json = readFileSync(new URL(`../../fixtures/reports/lvm-${version}.json`, import.meta.url))
    const { lvm } = facts(parseFacts(await readRecorded('bios-blank', { 'lvm.json': json })))
    t.same(lvm.volumeGroups.map(group => [group.name, group.freeBytes]), [['vg0', 482344960]])
    t.equal(lvm.logicalVolumes.length, 10)
    t.equal(lvm.logicalVolumes.find(volume => volume.name === 'snap')?.origin, 'root')
  })
}
