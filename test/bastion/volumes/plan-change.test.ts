// The plan made on the machine must be the same as the one shown, or safer.
import * as fc from 'fast-check'
import t from 'tap'
import { judgePlanChange } from '../../../bastion/volumes/judge-plan-change.ts'
import { planDigest } from '../../../bastion/volumes/plan-digest.ts'
import { planStorage, type StorageDecision } from '../../../bastion/volumes/plan-storage.ts'
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import type { Disk, Facts } from '../../../protocol/facts.ts'
import type { PlanAction, PlannedDevice, StoragePlan } from '../../../protocol/storage-plan.ts'
import { anyInstall, anyReprovision } from '../install/random-machines.ts'
import { diskOf, factsOf, GiB, partitionOf } from './facts-of.ts'
import { ask, seed } from './reprovision-of.ts'

const plan = (facts: Facts, wipe: string[] = [], seed = '12345678-1234-4234-8234-123456789abc'): StoragePlan => {
  const decision = planStorage({ layout: defaultLayouts.worker!, facts, order: { kind: 'install', wipe }, identity: { machineId: '019a0000-0000-7000-8000-000000000001', seed } })
  if (decision.kind === 'refused') throw new Error(JSON.stringify(decision.refusals))
  return decision.plan
}
const install = plan(factsOf([diskOf('sda')]))
const because = (shown: StoragePlan, now: StoragePlan): string => judgePlanChange(shown, now).map(refusal => refusal.because).join('\n')

/** A plan of a reprovision, as far as comparing looks at one: two groups, things of every kind with every action. */
const device = fc.record({
  kind: fc.constantFrom<PlannedDevice['kind'][]>('disk', 'partition', 'physical-volume', 'volume-group', 'logical-volume', 'raid'),
  identity: fc.option(fc.stringMatching(/^[a-f0-9]{1,3}$/), { freq: 6 }), name: fc.stringMatching(/^[a-c]{1,2}$/), seenAs: fc.constant(null),
  action: fc.constantFrom<PlanAction[]>('keep', 'reuse', 'create', 'reformat', 'wipe'), because: fc.string(),
})
const keptVolume = fc.record({
  group: fc.constantFrom('vg0', 'data'), name: fc.stringMatching(/^[a-z]{1,4}$/), uuid: fc.uuid(), sizeBytes: fc.integer({ min: 4, max: 1e9 }),
  mount: fc.option(fc.constantFrom('/home', '/srv')), filesystem: fc.option(fc.constantFrom('ext4', 'xfs')), filesystemUuid: fc.option(fc.uuid()),
})
const anyPlan: fc.Arbitrary<StoragePlan> = fc.record({
  devices: fc.uniqueArray(device, { maxLength: 14, selector: ({ kind, identity, name }) => `${kind} ${identity} ${name}` }),
  kept: fc.uniqueArray(keptVolume, { maxLength: 4, selector: ({ uuid }) => uuid }),
  carryOver: fc.option(fc.record({ paths: fc.uniqueArray(fc.stringMatching(/^\/[a-z]{1,5}$/), { maxLength: 3 }), mostMib: fc.nat(64), store: fc.option(fc.constant({ group: 'vg0', name: 'home', mount: '/home' })) })),
  mustBeEmpty: fc.array(fc.record({ path: fc.constantFrom('/home', '/srv', '/opt'), group: fc.constant('vg0'), volume: fc.constantFrom('root', 'var') }), { maxLength: 2 }),
  accepted: fc.uniqueArray(fc.stringMatching(/^lost-volume=[a-z]{1,3}$/), { maxLength: 2 }),
  order: fc.constantFrom<('install' | 'reprovision')[]>('install', 'reprovision'),
}).map(parts => ({ ...install, ...parts }))

t.test('a plan against itself is the same, whatever the order in which things were seen, the reasons and the fresh UUIDs', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, fc.integer(), (shown, turn) => {
    const devices = shown.devices.map(found => ({ ...found, seenAs: 'sdz', because: 'Otherwise said.' }))
    const now = { ...shown, devices: [...devices.slice(turn % 7), ...devices.slice(0, turn % 7)], accepted: shown.accepted.toReversed(), kept: shown.kept.toReversed() }
    return judgePlanChange(shown, now).length === 0 && planDigest(shown) === planDigest(now)
  })))
  const [a, b] = [diskOf('sda'), diskOf('sdb', { sizeBytes: 64 * GiB })]
  const swapped = plan(factsOf([{ ...b, name: 'sda' }, { ...a, name: 'sdb' }]), [], '87654321-1234-4234-8234-123456789abc')
  t.same(judgePlanChange(plan(factsOf([a, b])), swapped), [])
  t.equal(planDigest(swapped), planDigest(plan(factsOf([a, b]))), 'kernel names, their order and the seed mean nothing')
})

const severity: PlanAction[] = ['keep', 'reuse', 'reformat', 'wipe']
t.test('any single extra loss is refused, and has another digest', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, fc.nat(), fc.constantFrom(...severity), (shown, index, action) => {
    const lossy = shown.devices.filter(found => found.identity !== null && severity.indexOf(action) > severity.indexOf(found.action === 'create' ? 'reformat' : found.action))
    fc.pre(lossy.length > 0)
    const victim = lossy[index % lossy.length]!
    const now = { ...shown, devices: shown.devices.map(found => (found === victim ? { ...found, action } : found)) }
    return judgePlanChange(shown, now).some(({ code, because }) => code === 'plan-changed' && because.includes(victim.identity!)) && planDigest(now) !== planDigest(shown)
  })))
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, fc.constantFrom<PlanAction[]>('reuse', 'reformat', 'create', 'wipe'), (shown, action) => {
    const now = { ...shown, devices: [...shown.devices, { kind: 'logical-volume' as const, name: 'vg0/new', identity: 'never seen', seenAs: null, action, because: 'x' }] }
    return judgePlanChange(shown, now).length === 1
  }), { numRuns: 30 }))
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, fc.nat(), (shown, index) => {
    const staying = shown.devices.filter(found => found.identity !== null && (found.action === 'keep' || found.action === 'reuse'))
    fc.pre(staying.length > 0)
    const victim = staying[index % staying.length]!
    return judgePlanChange(shown, { ...shown, devices: shown.devices.filter(found => found !== victim) }).length === 1
  })))
})

t.test('whatever is refused shows in the digest, and less loss is not refused', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, anyPlan, (shown, now) => judgePlanChange(shown, now).length === 0 || planDigest(shown) !== planDigest(now))))
  t.doesNotThrow(() => fc.assert(fc.property(anyPlan, fc.nat(), (shown, index) => {
    const lossy = shown.devices.filter(found => found.identity !== null && found.action !== 'keep')
    fc.pre(lossy.length > 0)
    const spared = lossy[index % lossy.length]!
    return judgePlanChange(shown, { ...shown, devices: shown.devices.map(found => (found === spared ? { ...found, action: 'keep' as const } : found)) }).length === 0
  })))
})

t.test('a kept volume that is gone, shrunk, moved, or holds another file system is refused', async t => {
  const volume = { group: 'vg0', name: 'home', uuid: 'lv-1', sizeBytes: 100, mount: '/home', filesystem: 'ext4', filesystemUuid: 'fs-1' }
  const shown = { ...install, kept: [volume] }
  for (const [kept, reason] of [
    [[], /was to be kept/], [[{ ...volume, uuid: 'lv-2' }], /was to be kept/], [[{ ...volume, sizeBytes: 99 }], /has 99 now/], [[{ ...volume, mount: '/srv' }], /now vg0\/home is for \/srv/],
    [[{ ...volume, filesystemUuid: 'fs-2' }], /holds ext4 fs-2 now/], [[{ ...volume, filesystem: null, filesystemUuid: null }], /holds null/],
  ] as const) t.match(because(shown, { ...shown, kept: [...kept] }), reason)
  t.equal(because(shown, { ...shown, kept: [{ ...volume, sizeBytes: 101 }] }), '')
})

t.test('of cloned disks, whose partitions have one identity, the one that is lost counts', async t => {
  const partition = (disk: string, action: PlanAction): PlannedDevice => ({ kind: 'partition', name: `${disk}-part1`, identity: 'clone', seenAs: null, action, because: 'x' })
  const shown = { ...install, devices: [partition('a', 'wipe'), partition('b', 'keep')] }
  t.match(because(shown, { ...shown, devices: [partition('b', 'wipe'), partition('a', 'keep')] }), /b-part1 \(clone\) would be wiped now, and was to be kept/)
  t.match(because(shown, { ...shown, devices: [partition('b', 'wipe'), partition('a', 'wipe')] }), /b-part1/)
})

t.test('a disk that was empty and holds something now is refused, though --wipe names it; one that holds something else too', async t => {
  const wipe = ['SER-sda']
  const held = (uuid: string | null, more: Partial<Disk> = {}): Facts => factsOf([diskOf('sda', { table: { type: 'gpt', uuid: 't' }, partitions: [partitionOf('sda1', 1, { partUuid: 'p1', signature: uuid === null ? null : { type: 'ext4', uuid, label: null } })], ...more })])
  t.match(because(install, plan(held('fs'), wipe)), /held nothing when the plan was shown, and holds something now/)
  const shown = plan(held('fs'), wipe)
  t.equal(because(shown, plan(held('fs'), wipe)), '')
  t.equal(because(shown, plan(held(null), wipe)), '', 'less is held')
  t.equal(because(shown, plan(factsOf([diskOf('sda')]), wipe)), '', 'nothing is held')
  t.match(because(shown, plan(held('other'), wipe)), /holds something else/)
  t.match(because(shown, plan(held(null, { partitions: [], signature: { type: 'xfs', uuid: 'x', label: null } }), wipe)), /holds something else/)
  t.match(because(shown, plan(held('fs', { partitions: [...held('fs').disks[0]!.partitions, partitionOf('sda2', 2, { partUuid: 'p2' })] }), wipe)), /holds something else/)
})

t.test('another disk, another group, another layout, another firmware: refused', async t => {
  const two = (a: number, b: number): StoragePlan => plan(factsOf([diskOf('sda', { sizeBytes: a * GiB }), diskOf('sdb', { sizeBytes: b * GiB })]))
  t.match(because(two(32, 64), two(64, 32)), /SER-sdb would be written now, and did not stand in the plan/)
  t.match(because(install, plan(factsOf([diskOf('sda', { sizeBytes: 33 * GiB })]))), /has now 35433480192 bytes/)
  const group = { ...install, groups: install.groups.map(found => ({ ...found, uuid: 'vg-1' })) }
  t.match(because(group, { ...group, groups: group.groups.map(found => ({ ...found, uuid: 'vg-2' })) }), /is another one than was shown/)
  t.match(because(group, { ...group, groups: install.groups }), /is another one than was shown, or is to be made anew/)
  t.match(because(install, { ...install, volumes: install.volumes.map(volume => (volume.name === 'home' ? { ...volume, keep: false } : volume)) }), /vg0\/home \(ext4 for \/home\) did not stand/)
  t.match(because(install, { ...install, firmware: 'uefi' }), /for the firmware bios, and now it is uefi/)
  t.match(because(install, { ...install, disks: install.disks.map(disk => ({ ...disk, role: 'data' as const })) }), /is the data disk now/)
})

t.test('a safeguard less is refused: files no longer carried over, held in memory only, an unlooked-at folder, one override more', async t => {
  const carry = { paths: ['/a', '/b'], mostMib: 64, store: { group: 'vg0', name: 'home', mount: '/home' } }
  const shown: StoragePlan = { ...install, carryOver: carry, mustBeEmpty: [{ path: '/opt', group: 'vg0', volume: 'root' }] }
  t.match(because(shown, { ...shown, carryOver: null }), /\/a was to be carried over.*\n.*\/b/)
  t.match(because(shown, { ...shown, carryOver: { ...carry, paths: ['/a'] } }), /\/b was to be carried over/)
  t.match(because(shown, { ...shown, carryOver: { ...carry, store: null } }), /held in memory only/)
  t.match(because(shown, { ...shown, mustBeEmpty: [] }), /\/opt is empty/)
  t.match(because(shown, { ...shown, accepted: ['lost-volume=srv'] }), /override lost-volume=srv/)
  t.equal(because({ ...shown, accepted: ['lost-volume=srv'] }, shown), '', 'one less is safer')
})

/** The same machine after another start: disks in another order, under other kernel names. */
function restarted(facts: Facts): Facts {
  const renamed = new Map(facts.disks.map((disk, index) => [disk.name, `sd${'mnopqrstu'[index]}`]))
  const name = (old: string): string => old.replace(/^(\/dev\/)?(sd[a-z])/, (_, folder: string | undefined, disk: string) => `${folder ?? ''}${renamed.get(disk)}`)
  return {
    ...facts, disks: facts.disks.map(disk => ({ ...disk, name: name(disk.name), partitions: disk.partitions.map(seen => ({ ...seen, name: name(seen.name) })).toReversed() })).toReversed(),
    lvm: { ...facts.lvm, physicalVolumes: facts.lvm.physicalVolumes.map(volume => ({ ...volume, device: name(volume.device) })).toReversed(), logicalVolumes: facts.lvm.logicalVolumes.toReversed(), volumeGroups: facts.lvm.volumeGroups.toReversed() },
  }
}

t.test('after a restart the plan is the same to the digest, though kernel names and the order of things changed', async t => {
  let plans = 0
  const same = (first: StorageDecision, second: StorageDecision): void => {
    if (first.kind !== second.kind) throw new Error(JSON.stringify([first, second].map(decision => (decision.kind === 'plan' ? 'plan' : decision.refusals))))
    if (first.kind === 'refused' || second.kind === 'refused') return
    plans++
    const refusals = judgePlanChange(first.plan, second.plan)
    if (refusals.length > 0 || planDigest(first.plan) !== planDigest(second.plan)) throw new Error(JSON.stringify(refusals))
  }
  t.doesNotThrow(() => fc.assert(fc.property(anyReprovision, ({ layout, facts, record }) => same(ask({ layout, facts, record }), ask({ layout, facts: restarted(facts), record, seed: seed(9) }))), { numRuns: 100 }))
  t.doesNotThrow(() => fc.assert(fc.property(anyInstall, ({ layout, facts, wipe }) => {
    const planned = (from: Facts, number: number): StorageDecision => planStorage({ layout, facts: from, order: { kind: 'install', wipe }, identity: { machineId: '019a0000-0000-7000-8000-000000000001', seed: seed(number) } })
    same(planned(facts, 1), planned(restarted(facts), 2))
  }), { numRuns: 100 }))
  t.ok(plans > 100, `${plans} plans`)
})

t.test('a disk that is pulled, or a volume that is lost, between showing and asking is a refusal of one kind or the other', async t => {
  t.doesNotThrow(() => fc.assert(fc.property(anyReprovision, fc.nat(), fc.boolean(), ({ layout, facts, record }, index, disk) => {
    const shown = ask({ layout, facts, record })
    if (shown.kind === 'refused') return
    const [gone, volume] = [facts.disks[index % facts.disks.length]!, facts.lvm.logicalVolumes[index % facts.lvm.logicalVolumes.length]!]
    const now = ask({ layout, record, facts: disk ? { ...facts, disks: facts.disks.filter(each => each !== gone) } : { ...facts, lvm: { ...facts.lvm, logicalVolumes: facts.lvm.logicalVolumes.filter(each => each !== volume) } } })
    if (now.kind === 'plan' && judgePlanChange(shown.plan, now.plan).length === 0) throw new Error(`${disk ? gone.name : volume.name} is gone, and nobody says so`)
  }), { numRuns: 150 }))
})
