// For random disks and layouts: no destructive command of the steps names anything but what the plan makes or wipes.
import t from 'tap'
import { renderSteps } from '../../../bastion/install/render-steps.ts'
import { planStorage } from '../../../bastion/volumes/plan-storage.ts'
import type { Disk } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf } from '../volumes/facts-of.ts'
import { viewOf } from './steps-of.ts'

/** Random numbers that are the same in every run (mulberry32). */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    const a = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    const b = (a + Math.imul(a ^ (a >>> 7), 61 | a)) ^ a
    return ((b ^ (b >>> 14)) >>> 0) / 2 ** 32
  }
}

function world(seed: number) {
  const next = random(seed)
  const chance = (part: number): boolean => next() < part
  const int = (below: number): number => Math.floor(next() * below)
  const disks = Array.from({ length: 1 + int(5) }, (_, index): Disk => {
    const name = chance(0.3) ? `nvme${index}n1` : `sd${'abcdef'[index]}`
    const separator = name.startsWith('nvme') ? 'p' : ''
    const partitions = chance(0.4) ? Array.from({ length: 1 + int(3) }, (_, n) => partitionOf(`${name}${separator}${n + 1}`, n + 1, { signature: chance(0.6) ? { type: ['ext4', 'LVM2_member', 'crypto_LUKS', 'linux_raid_member'][int(4)]!, uuid: `u${index}${n}`, label: null } : null })) : []
    return diskOf(name, { sizeBytes: (4 + int(60)) * GiB, readOnly: chance(0.05), removable: chance(0.05), logicalSectorBytes: chance(0.2) ? 4096 : 512, partitions, table: partitions.length > 0 ? { type: 'gpt', uuid: `t${index}` } : null, signature: partitions.length === 0 && chance(0.2) ? { type: 'xfs', uuid: 'z', label: null } : null })
  })
  const members = disks.flatMap(disk => disk.partitions.filter(partition => partition.signature?.type === 'LVM2_member'))
  const physicalVolumes = members.map(partition => physicalVolumeOf(`/dev/${partition.name}`, `g${int(3)}`))
  const volumeGroups = [...new Set(physicalVolumes.map(volume => volume.group!))].map(name => groupOf(name))
  const layout: Layout = {
    disk: { pick: (['only', 'smallest', 'largest'] as const)[int(3)]! }, group: chance(0.5) ? 'vg0' : 'g1', bootMib: 256 + int(1000), espMib: 64 + int(500),
    volumes: [{ name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 1000 + int(4000), keep: false }, ...(chance(0.5) ? [{ name: 'swap', mount: 'swap', filesystem: 'swap' as const, sizeMib: 512, keep: false }] : []), { name: 'data', mount: '/srv', filesystem: chance(0.5) ? 'xfs' : 'ext4', sizeMib: 'rest', keep: true }],
  }
  const wipe = disks.filter(() => chance(0.5)).map(disk => disk.serial!)
  return { facts: factsOf(disks, { physicalVolumes, volumeGroups }), layout, wipe }
}

const destructive = /\b(wipefs|sgdisk|pvcreate|vgcreate|lvcreate|mkfs\.\w+|mkswap|vgremove|lvremove|pvremove|dd|blkdiscard|shred|parted|sfdisk|mdadm|vgchange|grub-install)\b/
/** The only ways in which the steps may speak of a device: the disk just found by identity, its new partitions, and the group. */
const allowedDevice = (plan: StoragePlan): RegExp => new RegExp(`^("\\$disk"|"\\$p[1-4]"|"/dev/\\$\\{node##\\*/\\}"|if="\\$disk"|'/dev/${plan.groups[0]!.name}/(${plan.volumes.map(volume => volume.name).join('|')})')$`)

t.test('a thousand random machines', async t => {
  const seen = { plans: 0, refusals: 0, wiped: 0 }
  for (let seed = 1; seed <= 1000; seed++) {
    const { facts, layout, wipe } = world(seed)
    const decision = planStorage({ layout, facts, order: { kind: 'install', wipe }, identity: { machineId: '019a0000-0000-7000-8000-000000000001', seed: '12345678-1234-4234-8234-123456789abc' } })
    if (decision.kind === 'refused') { seen.refusals++; continue }
    const { plan } = decision
    seen.plans++
    const written = plan.disks
    for (const disk of facts.disks) {
      const action = plan.devices.find(device => device.kind === 'disk' && device.seenAs === disk.name)!.action
      const touched = written.some(found => found.serial === disk.serial)
      if (action !== (touched ? 'wipe' : 'keep')) t.fail(`seed ${seed}: ${disk.name} is ${action}`)
      if (touched && (disk.signature !== null || disk.partitions.length > 0) && !wipe.includes(disk.serial!)) t.fail(`seed ${seed}: ${disk.name} holds something and was not named`)
      seen.wiped += touched && wipe.includes(disk.serial!) ? 1 : 0
    }
    const steps = renderSteps(viewOf(plan))
    const found = [...steps.matchAll(/^find_disk '([^']*)'/gm)].map(match => match[1])
    const identities = new Set(written.map(disk => disk.byId))
    if (found.some(name => !identities.has(name!)) || found.at(-1) !== plan.disks[0]!.byId) t.fail(`seed ${seed}: looks for ${found.join(' ')}`)
    for (const line of steps.replaceAll('\\\n', ' ').split('\n').filter(line => destructive.test(line) && !line.startsWith('for program in') && !line.startsWith('#'))) {
      const devices = line.match(/\S*(\/dev\/|\$p\d|\$disk\b|\$node)\S*/g) ?? []
      const plain = devices.filter(word => !word.startsWith('"wiping') && !/^(>>|2>>|2>)/.test(word)).map(word => word.replace(/[;)]+$/, ''))
      for (const device of plain) if (!allowedDevice(plan).test(device)) t.fail(`seed ${seed}: ${line}`)
    }
    if (/\/dev\/(sd|nvme|vd|hd)/.test(steps)) t.fail(`seed ${seed}: a kernel name stands in the steps`)
  }
  t.ok(seen.plans > 200 && seen.refusals > 200 && seen.wiped > 50, JSON.stringify(seen))
})
