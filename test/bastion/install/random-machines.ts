// Random layouts on random disks, and machines that were installed by one and are to be reprovisioned by another.
import * as fc from 'fast-check'
import type { Disk, Facts } from '../../../protocol/facts.ts'
import type { DataDisk, Layout, VolumeWanted } from '../../../protocol/layout.ts'
import { factsAfter, type writeSteps } from '../../lib/facts-after.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from '../volumes/facts-of.ts'
import { installed } from '../volumes/reprovision-of.ts'

const mounts = ['/var', '/home', '/srv', '/opt', '/var/lib/longhorn', '/var/lib/rancher', '/usr/local', 'swap']
const volume = (mount: string): fc.Arbitrary<VolumeWanted> => fc.record({
  name: fc.constant(mount === '/' ? 'root' : mount.replaceAll('/', '') + (mount.length % 2 === 0 ? '_1' : '')), mount: fc.constant(mount),
  filesystem: mount === 'swap' ? fc.constant('swap' as const) : fc.constantFrom('ext4' as const, 'xfs' as const),
  sizeMib: fc.integer({ min: 300, max: 3000 }), keep: mount === '/' || mount === 'swap' ? fc.constant(false) : fc.boolean(),
})
const volumesOf = (from: readonly string[], minLength: number): fc.Arbitrary<VolumeWanted[]> => fc.subarray([...from], { minLength }).chain(chosen => fc.tuple(...chosen.map(volume)))
const withRest = (volumes: VolumeWanted[], rest: boolean): VolumeWanted[] => volumes.map((wanted, index) => (rest && index === volumes.length - 1 && wanted.filesystem !== 'swap' ? { ...wanted, sizeMib: 'rest' } : wanted))
const data = (serial: string, group: string, mount: string): fc.Arbitrary<DataDisk> => fc.tuple(volumesOf([mount, `${mount}/more`], 1), fc.boolean()).map(([volumes, rest]) => ({ disk: { pick: 'only', id: serial }, group, volumes: withRest(volumes, rest) }))

/** A layout for the disks sda, and sdb and sdc where it wants data disks. */
export const anyLayout: fc.Arbitrary<Layout> = fc.tuple(volume('/'), volumesOf(mounts, 0), fc.boolean(), fc.array(fc.constantFrom(0, 1), { maxLength: 2 }), data('SER-sdb', 'data', '/data'), data('SER-sdc', 'fast', '/fast'), fc.integer({ min: 256, max: 1024 }))
  .map(([root, volumes, rest, wanted, first, second, bootMib]) => ({
    disk: { pick: 'only', id: 'SER-sda' }, group: 'vg0', bootMib, espMib: 260, volumes: withRest([root, ...volumes], rest),
    ...wanted.length > 0 ? { data: [first, second].slice(0, wanted.length) } : {},
  }))

/** A disk of somebody else: empty, with a file system, or part of a group that may go over two disks and have names like ours. */
const foreignDisk = (index: number): fc.Arbitrary<{ disk: Disk, group: string | null, volume: string }> => {
  const name = `sd${'xyz'[index]}`
  return fc.record({ kind: fc.constantFrom('empty', 'ext4', 'lvm', 'luks', 'zfs'), group: fc.constantFrom('old', 'vg0-a', 'fast-data'), volume: fc.constantFrom('root', 'home', 'a-srv', 'data'), sizeBytes: fc.integer({ min: 4, max: 90 }), sector: fc.constantFrom(512, 4096) })
    .map(({ kind, group, volume, sizeBytes, sector }) => {
      const type = { empty: null, ext4: 'ext4', lvm: 'LVM2_member', luks: 'crypto_LUKS', zfs: 'zfs_member' }[kind]!
      const partitions = type === null ? [] : [partitionOf(`${name}1`, 1, { partUuid: `0000000${index}-0000-4000-8000-000000000000`, signature: { type, uuid: type === 'zfs_member' ? 'pool' : `uuid-${index}`, label: null } })]
      return { disk: diskOf(name, { sizeBytes: sizeBytes * GiB, logicalSectorBytes: sector, partitions, table: partitions.length > 0 ? { type: 'gpt', uuid: `table-${index}` } : null }), group: kind === 'lvm' ? group : null, volume }
    })
}
const foreign = fc.tuple(fc.nat(3), foreignDisk(0), foreignDisk(1), foreignDisk(2)).map(([count, ...all]) => all.slice(0, count))

function withForeign(disks: Disk[], others: { disk: Disk, group: string | null, volume: string }[], firmware: Facts['firmware']): Facts {
  const members = others.filter(({ group }) => group !== null)
  const groups = [...new Set(members.map(({ group }) => group!))]
  const inGroup = (name: string): number => members.filter(({ group }) => group === name).length
  return factsOf([...others.slice(1).map(({ disk }) => disk), ...disks, ...others.slice(0, 1).map(({ disk }) => disk)], {
    firmware,
    physicalVolumes: members.map(({ disk, group }) => physicalVolumeOf(`/dev/${disk.partitions[0]!.name}`, group!)),
    volumeGroups: groups.map(name => groupOf(name, { sizeBytes: inGroup(name) * GiB })),
    logicalVolumes: groups.flatMap(name => members.filter(({ group }) => group === name).map(({ volume }, index) => volumeOf(name, `${volume}${index === 0 ? '' : index}`, { uuid: `lv-${name}-${index}` }))),
  })
}
const ourDisks = (count: number): Disk[] => ['sda', 'sdb', 'sdc'].slice(0, count).map(name => diskOf(name, { sizeBytes: 40 * GiB }))
const firmware = fc.constantFrom<Facts['firmware'][]>('bios', 'uefi')

export interface ToInstall { layout: Layout, facts: Facts, wipe: string[] }
/** A machine to be installed: any of its disks may hold something, and some are named in --wipe. */
export const anyInstall: fc.Arbitrary<ToInstall> = fc.tuple(anyLayout, foreign, firmware, fc.subarray(['SER-sda', 'SER-sdb', 'SER-sdx', 'SER-sdy']), fc.subarray(['sda', 'sdb']), fc.boolean(), fc.boolean()).map(([layout, others, kind, wipe, full, inGroup, named]) => {
  const facts = withForeign(ourDisks(3), others, kind)
  const disks = facts.disks.map(disk => (full.includes(disk.name) ? { ...disk, partitions: [partitionOf(`${disk.name}1`, 1, { partUuid: `0000000a-0000-4000-8000-0000000000${disk.name.charCodeAt(2)}`, signature: { type: inGroup ? 'LVM2_member' : 'xfs', uuid: 'u', label: null } })], table: { type: 'gpt', uuid: 't' } } : disk))
  const taken = inGroup ? full : []
  const before = taken.length === 0 ? facts.lvm : {
    ...facts.lvm, physicalVolumes: [...facts.lvm.physicalVolumes, ...taken.map(name => physicalVolumeOf(`/dev/${name}1`, 'vg0', { uuid: `old-${name}` }))],
    volumeGroups: [...facts.lvm.volumeGroups, groupOf('vg0', { uuid: 'old-vg0', sizeBytes: taken.length * GiB, freeBytes: (taken.length - 1) * GiB })], logicalVolumes: [...facts.lvm.logicalVolumes, volumeOf('vg0', 'home', { uuid: 'old-home', groupUuid: 'old-vg0' })],
  }
  const known = new Set(disks.map(({ serial }) => serial))
  return { layout, facts: { ...facts, disks, lvm: before }, wipe: [...new Set([...wipe, ...named ? full.map(name => `SER-${name}`) : []])].filter(serial => known.has(serial)) }
})

export interface ToReprovision { layout: Layout, facts: Facts, record: ReturnType<typeof installed>['record'] }
/** A machine that was installed by one layout, lived, and is to be reprovisioned by a layout that may have changed. `cut`: perhaps the power failed in its first reprovision. */
export const anyReprovision: fc.Arbitrary<ToReprovision> = fc.tuple(anyLayout, foreign, firmware, fc.array(fc.record({ name: fc.constantFrom('mine', 'vm-disk', 'pvc-1', 'data-srv'), extents: fc.integer({ min: 1, max: 300 }) }), { maxLength: 3 }), fc.subarray(mounts, { maxLength: 3 }), fc.subarray(mounts, { maxLength: 2 }), fc.boolean())
  .map(([layout, others, kind, made, dropped, flipped, same]) => {
    const { facts, record } = installed(withForeign(ourDisks(1 + (layout.data?.length ?? 0)), others, kind), layout)
    const lived = factsAfter({ ...emptyPlan }, facts, [])
    for (const { name, extents } of made) addVolume(lived, 'vg0', name, extents)
    const next = same ? layout : { ...layout, volumes: layout.volumes.filter(({ mount }) => !dropped.includes(mount)).map(wanted => (flipped.includes(wanted.mount) && wanted.mount !== 'swap' ? { ...wanted, keep: !wanted.keep } : wanted)).concat(dropped.filter(mount => !layout.volumes.some(wanted => wanted.mount === mount) && mount !== 'swap').map((mount, index): VolumeWanted => ({ name: `new${index}`, mount, filesystem: 'ext4', sizeMib: 500, keep: true }))) }
    return { layout: next, facts: lived, record }
  })

const emptyPlan = { version: 2, order: 'install', machineId: '', firmware: 'bios', disks: [], groups: [], volumes: [], expected: { physicalVolumes: [], volumes: [] }, kept: [], carryOver: null, mustBeEmpty: [], accepted: [], devices: [] } satisfies Parameters<typeof writeSteps>[0]

function addVolume(facts: Facts, group: string, name: string, extents: number): void {
  const [found, under] = [facts.lvm.volumeGroups.find(each => each.name === group), facts.lvm.physicalVolumes.find(each => each.group === group)]
  const sizeBytes = extents * (found?.extentBytes ?? 0)
  if (found === undefined || under === undefined || found.freeBytes < sizeBytes || facts.lvm.logicalVolumes.some(each => each.group === group && each.name === name)) return
  found.freeBytes -= sizeBytes
  under.freeBytes -= sizeBytes
  facts.lvm.logicalVolumes.push(volumeOf(group, name, { groupUuid: found.uuid, uuid: `unknown-${name}`, sizeBytes, signature: { type: 'ext4', uuid: `fs-${name}`, label: null } }))
}
