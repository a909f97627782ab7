import * as fc from 'fast-check'
import t from 'tap'
import type { PlannedDevice } from '../../../protocol/storage-plan.ts'
import { arrangeDevices } from '../../../labctl/output/arrange-devices.ts'
import { renderPlan } from '../../../labctl/output/render-plan.ts'
import { sampleFacts, samplePlan } from '../samples.ts'

t.test('a plan reads from disks to volumes, and ends with what is kept and what is carried over', async t => {
  t.equal(renderPlan(samplePlan(), sampleFacts(), false), `WHAT                                  SIZE      ACTION    WHY
disk ata-QEMU_HARDDISK_QM00001 (sda)  25 GiB    reuse     Its table stays.
  partition 3 (sda3)                  1 GiB     reformat  Recorded as /boot.
  partition 4 (sda4)                  -         reuse     Recorded as the physical volume of vg0.
    physical volume (sda4)            -         reuse     Holds vg0.
disk wwn-0x5002 (sdb)                 -         keep      Not a disk of the layout.
group vg0                             19.5 GiB  reuse     Recorded as ours.
  volume root                         8 GiB     reformat  Recorded and tagged as /.
  volume home                         2 GiB     keep      The layout keeps /home.
  volume srv                          2 GiB     create    xfs for /srv, new in the layout.
In all: wipe 0, reformat 2, create 1, reuse 4, keep 2.

Kept, and compared before, after and at the first boot
  VOLUME    MOUNT  SIZE   FILE SYSTEM  VOLUME UUID  FILE SYSTEM UUID
  vg0/home  /home  2 GiB  ext4         v-home       f-home

Carried over: /etc/ssh/ssh_host_*, /etc/rancher/node/password (at most 64 MiB), meanwhile on vg0/home (/home).`)
})

t.test('what a power cut would lose, what must be empty and what is overridden stand below as warnings', async t => {
  const plan = samplePlan({ carryOver: { paths: ['/etc/x'], mostMib: 1, store: null }, mustBeEmpty: [{ path: '/srv', group: 'vg0', volume: 'root' }], accepted: ['lost-volume=srv'], kept: [] })
  t.match(renderPlan(plan, null, false), /meanwhile in memory\.\nWarning: no kept volume[^]*power cut would lose them\.\nWarning: \/srv inside vg0\/root must be empty[^]*\nWarning: a refusal is overridden: --accept lost-volume=srv$/)
})

t.test('each action has its colour', async t => {
  const devices = (['keep', 'reuse', 'create', 'reformat', 'wipe'] as const).map((action): PlannedDevice => ({ kind: 'disk', name: action, identity: action, seenAs: null, action, because: '.' }))
  const out = renderPlan(samplePlan({ devices }), null, true)
  for (const [action, code] of [['keep', '32m'], ['create', '36m'], ['reformat', '33m'], ['wipe', '31m']] as const) t.ok(out.includes(`\u001b[${code}${action}\u001b[39m`), action)
  t.match(out, / {2}reuse {3}/)
})

t.test('text of a machine makes no line and no colour of its own', async t => {
  const devices: PlannedDevice[] = [{ kind: 'volume-group', name: 'g\u001b[32m\nkeep', identity: 'x', seenAs: '\u202esda', action: 'wipe', because: 'a\rb' }]
  const kept = [{ group: 'g\u001b]0;x\u0007', name: 'n\n', uuid: 'u', sizeBytes: 1, mount: null, filesystem: null, filesystemUuid: null }]
  t.notMatch(renderPlan(samplePlan({ devices, kept }), null, false).replaceAll('\n', ''), /[\p{Cc}\u202e]/u)
  t.match(renderPlan(samplePlan({ devices, kept }), null, false), /g\\x1b\[32m\\x0akeep/)
})

t.test('whatever devices are called, each is shown exactly once', async t => {
  const name = fc.constantFrom('a', 'a-part1', 'a-part2', 'a-part1-part1', 'vg', 'vg/x', 'vg/x/y', 'uuid', '')
  const device: fc.Arbitrary<PlannedDevice> = fc.record({
    kind: fc.constantFrom('disk', 'partition', 'physical-volume', 'volume-group', 'logical-volume', 'raid'), name, identity: fc.option(name), seenAs: fc.option(fc.constantFrom('sda', '/dev/sda', 'sda1', '/dev/sda1')),
    action: fc.constantFrom('keep', 'reuse', 'create', 'reformat', 'wipe'), because: fc.constant('.'),
  })
  fc.assert(fc.property(fc.array(device, { maxLength: 12 }), devices => {
    const shown = arrangeDevices(devices).map(line => line.device)
    return shown.length === devices.length && new Set(shown).size === devices.length && devices.every(one => shown.includes(one))
  }))
  t.pass('over a hundred random plans')
})

t.test('physical volumes stand below the partition that they are on, old and new', async t => {
  const device = (kind: PlannedDevice['kind'], name: string, seen: string | null): PlannedDevice => ({ kind, name, identity: seen === null ? null : name, seenAs: seen, action: seen === null ? 'create' : 'wipe', because: '.' })
  const lines = arrangeDevices([
    device('disk', 'd', 'sda'), device('partition', 'd-part4', 'sda4'), device('physical-volume', 'old-pv', '/dev/sda4'), device('partition', 'd-part4', null), device('physical-volume', 'd-part4', null),
    device('raid', 'r-uuid', 'md0'), device('physical-volume', 'raid-pv', '/dev/md0'), device('physical-volume', 'lost-pv', '/dev/sdx9'),
  ])
  t.same(lines.map(({ label, depth }) => `${depth} ${label}`), [
    '0 disk d (sda)', '1 partition 4 (sda4)', '2 physical volume (sda4)', '1 partition 4', '2 physical volume', '0 RAID r-uuid (md0)', '1 physical volume (md0)', '0 physical-volume lost-pv (sdx9)',
  ])
})
