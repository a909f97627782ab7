import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { Value } from 'typebox/value'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { StepsViewSchema } from '../../../bastion/install/steps-view.ts'
import { defaultLayouts } from '../../../bastion/platform/default-layouts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from '../volumes/facts-of.ts'
import { planOf, reprovisionOf, viewOf } from './steps-of.ts'

const mixed: Layout = {
  disk: { pick: 'smallest' }, group: 'vg0', bootMib: 512, espMib: 256,
  volumes: [
    { name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 4096, keep: false }, { name: 'swap', mount: 'swap', filesystem: 'swap', sizeMib: 1024, keep: false },
    { name: 'srv', mount: '/srv', filesystem: 'xfs', sizeMib: 'rest', keep: true },
  ],
}
const full = diskOf('sda', { table: { type: 'dos', uuid: '1234abcd' }, partitions: [partitionOf('sda1', 1, { signature: { type: 'LVM2_member', uuid: 'x', label: null } })] })
const second = diskOf('nvme0n1', { sizeBytes: 64 * GiB, signature: { type: 'LVM2_member', uuid: 'y', label: null } })
const spanning = factsOf([full, second], { physicalVolumes: [physicalVolumeOf('/dev/sda1', 'old'), physicalVolumeOf('/dev/nvme0n1', 'old')], volumeGroups: [groupOf('old')], firmware: 'uefi' })

const twoDisks: Layout = { ...mixed, disk: { pick: 'only', maximumGib: 40 }, volumes: mixed.volumes.slice(0, 2), data: [{ disk: { pick: 'only', minimumGib: 50 }, group: 'bulk', volumes: [mixed.volumes[2]!] }] }
const bothDisks = factsOf([diskOf('sda'), diskOf('nvme0n1', { sizeBytes: 64 * GiB, logicalSectorBytes: 4096 })], { firmware: 'uefi' })

const cases = {
  'worker-bios': viewOf(planOf()),
  'swap-xfs-uefi-wipe-two-disks': viewOf(planOf({ layout: mixed, facts: spanning, order: { kind: 'install', wipe: ['SER-sda', 'SER-nvme0n1'] } }), {
    image: { url: 'http://192.0.2.1:8080/os/debian-13/image.tar.zst', sha256: 'b'.repeat(64), sizeBytes: 200, tarBytes: 900, compressed: true, kernel: '6.12.1-amd64' },
    settings: { authorizedKeys: [], timezone: 'Europe/Berlin', consoles: ['tty0'], kernelArguments: [], bootOrder: 'network' },
  }),
  'data-disk-uefi': viewOf(planOf({ layout: twoDisks, facts: bothDisks })),
  'reprovision-worker-bios': viewOf(reprovisionOf()),
  'reprovision-new-data-disk-wiped': viewOf(reprovisionOf({ now: { ...defaultLayouts.worker!, data: [{ disk: { pick: 'only', minimumGib: 50 }, group: 'bulk', volumes: [{ name: 'objects', mount: '/var/lib/objects', filesystem: 'xfs', sizeMib: 'rest', keep: true }] }] }, wipe: ['SER-sdn'], change: facts => { facts.disks.push(diskOf('sdn', { sizeBytes: 64 * GiB, signature: { type: 'ext4', uuid: 'x', label: null } })) } })),
  'reprovision-grown-uefi-data-disk': viewOf(reprovisionOf({
    layout: twoDisks, facts: bothDisks, now: { ...twoDisks, volumes: [...twoDisks.volumes, { name: 'minio', mount: '/var/lib/minio', filesystem: 'xfs', sizeMib: 1024, keep: true }] },
    change: ({ lvm }) => {
      const group = lvm.volumeGroups.find(({ name }) => name === 'vg0')!
      lvm.logicalVolumes.push(volumeOf('vg0', 'some-one-s', { uuid: 'AAAAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAAAA', groupUuid: group.uuid, tags: ['a.b', 'c'] }))
      for (const free of [group, lvm.physicalVolumes.find(volume => volume.group === 'vg0')!]) free.freeBytes -= GiB
    },
  })),
}

for (const [name, view] of Object.entries(cases)) {
  t.test(`${name}: the view has every key, the steps are what they were, and a shell can read them`, async t => {
    t.same([...Value.Errors(StepsViewSchema, view)], [])
    const steps = renderSteps(view)
    const golden = new URL(`../../golden/steps/${name}.sh`, import.meta.url)
    if (process.env.TAP_SNAPSHOT === '1') writeFileSync(golden, steps)
    t.equal(steps, readFileSync(golden, 'utf8'))
    execFileSync('sh', ['-n'], { input: steps })
  })
}

t.test('hostile text reaches the steps only as one quoted word', async t => {
  const evil = `ssh-ed25519 AAAA '; touch /tmp/owned; $(reboot) \`x\` "`
  const steps = renderSteps(viewOf(planOf(), { settings: { authorizedKeys: [evil], timezone: 'Etc/UTC', consoles: ['tty0'], kernelArguments: [], bootOrder: 'disk' } }))
  const line = steps.split('\n').find(line => line.includes('touch /tmp/owned'))!
  const printed = execFileSync('sh', ['-c', line.replace(/ \| write .*$/, '')], { encoding: 'utf8' })
  t.equal(printed, `${evil}\n`)
  t.throws(() => renderSteps({ ...cases['worker-bios'], name: 'a b' }), /Not a plain word/)
  t.throws(() => renderSteps({ ...cases['worker-bios'], linuxArguments: ['quiet; reboot'] }), /Not a plain word/)
})

t.test('an empty disk is never wiped, only a named one; and an empty one is probed where file systems begin', async t => {
  const empty = renderSteps(cases['worker-bios'])
  t.notMatch(empty, /^wipe_disk$/m)
  t.match(empty, /^expect_really_empty '32256' '1048576' '2097152'/m)
  const named = renderSteps(cases['swap-xfs-uefi-wipe-two-disks'])
  t.equal(named.match(/^wipe_disk$/gm)?.length, 2)
  t.notMatch(named, /^expect_really_empty '/m)
})

t.test('the new system finds nothing by the UUID of a file system that stays: a copy of it would have the same', async t => {
  const layout: Layout = { ...mixed, group: 'vg-0', volumes: mixed.volumes.map(volume => ({ ...volume, keep: volume.mount !== '/' && volume.mount !== 'swap' })) }
  const plan = reprovisionOf({ layout, facts: factsOf([diskOf('sda')], { firmware: 'uefi' }) })
  const fstab = /^write \/etc\/fstab <<'END'\n([^]*?)^END$/m.exec(renderSteps(viewOf(plan)))![1]!
  const partUuid = (role: string) => plan.disks[0]!.planned.find(partition => partition.role === role)!.partUuid.toLowerCase()
  t.same(fstab.trim().split('\n').slice(1).map(line => line.split(' ').slice(0, 2).join(' ')), [
    '/dev/mapper/vg--0-root /', `PARTUUID=${partUuid('boot')} /boot`, '/dev/mapper/vg--0-srv /srv', `PARTUUID=${partUuid('esp')} /boot/efi`, '/dev/mapper/vg--0-swap none',
  ])
  for (const volume of plan.volumes.filter(({ action }) => action === 'keep')) t.notMatch(fstab, volume.filesystemUuid)
})

t.test('every check stands before the first program that writes to a disk', async t => {
  for (const view of Object.values(cases)) {
    const steps = renderSteps(view)
    const first = steps.search(/^(wipe_disk|run \d+ .*(sgdisk|wipefs|pvcreate|mkfs))/m)
    for (const check of ['expect_whole \'', 'expect_no_more\n', 'labctl_progress disks', 'cannot be fetched']) t.ok(steps.lastIndexOf(check) < first && steps.includes(check), check)
  }
})
