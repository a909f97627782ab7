// Machines whose plans are told to Anaconda: one for each kind of situation.
import { planKickstart, type KickstartQuestion } from '../../../bastion/install/plan-kickstart.ts'
import type { KickstartCommand } from '../../../bastion/install/kickstart-commands.ts'
import { planStorage } from '../../../bastion/volumes/plan-storage.ts'
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import { diskOf, factsOf, GiB, groupOf, partitionOf, physicalVolumeOf, volumeOf } from '../volumes/facts-of.ts'
import { ask, installed, machineId, planOf, seed, worker } from '../volumes/reprovision-of.ts'

/** A layout with two data disks, swap and xfs. */
export const wide: Layout = {
  ...worker, volumes: [...worker.volumes, { name: 'swap', mount: 'swap', filesystem: 'swap', sizeMib: 2048, keep: false }],
  data: [
    { disk: { pick: 'largest' }, group: 'data', volumes: [{ name: 'srv', mount: '/srv/data', filesystem: 'xfs', sizeMib: 'rest', keep: true }] },
    { disk: { pick: 'only', id: 'SER-sdc' }, group: 'fast', volumes: [{ name: 'db', mount: '/var/lib/db', filesystem: 'ext4', sizeMib: 4096, keep: true }] },
  ],
}
const wideDisks = (): Facts => factsOf([diskOf('sda'), diskOf('sdb', { sizeBytes: 100 * GiB }), diskOf('sdc', { sizeBytes: 200 * GiB })], { firmware: 'uefi' })
/** Another disk with a group and a volume that are none of ours. */
const foreign = (facts: Facts): Facts => ({
  ...facts, disks: [...facts.disks, diskOf('sdz', { sizeBytes: 8 * GiB, partitions: [partitionOf('sdz1', 1, { signature: { type: 'LVM2_member', uuid: 'pv-z', label: null } })] })],
  lvm: { ...facts.lvm, physicalVolumes: [...facts.lvm.physicalVolumes, physicalVolumeOf('/dev/sdz1', 'old-vg0', { uuid: 'pv-z' })], volumeGroups: [...facts.lvm.volumeGroups, groupOf('old-vg0')], logicalVolumes: [...facts.lvm.logicalVolumes, volumeOf('old-vg0', 'root')] },
})

/** A fresh install of this layout on these disks. */
export function install(layout: Layout, facts: Facts, wipe: string[] = []): KickstartQuestion {
  return { layout, facts, plan: planOf(planStorage({ layout, facts, order: { kind: 'install', wipe }, identity: { machineId, seed: seed(1) } })) }
}

/** A reprovision by `next` of a machine that was installed by `layout`. */
export function reprovision(layout: Layout, before: Facts, next: Layout = layout): KickstartQuestion {
  const { facts, record } = installed(before, layout)
  return { layout: next, facts, plan: planOf(ask({ layout: next, facts, record })) }
}

const grown: Layout = { ...worker, volumes: [...worker.volumes.map(volume => (volume.name === 'longhorn' ? { ...volume, sizeMib: 4096 } : volume)), { name: 'opt', mount: '/opt', filesystem: 'xfs', sizeMib: 1024, keep: true }] }
const small: Layout = { ...grown, volumes: grown.volumes.filter(volume => volume.name !== 'opt') }

/** By the golden's name. */
export const situations: Record<string, () => KickstartQuestion> = {
  'install-bios': () => install(worker, foreign(factsOf([diskOf('sda')]))),
  'install-uefi-data-disks-wipe': () => install(wide, { ...wideDisks(), disks: wideDisks().disks.map(disk => (disk.name === 'sdb' ? { ...disk, signature: { type: 'ext4', uuid: 'x', label: null } } : disk)) }, ['SER-sdb']),
  'reprovision-bios': () => reprovision(worker, foreign(factsOf([diskOf('sda')]))),
  'reprovision-uefi-data-disks': () => reprovision(wide, wideDisks()),
  'reprovision-new-volume': () => reprovision(small, factsOf([diskOf('sda')]), grown),
}

export const commandsIn = (name: string): KickstartCommand[] => planKickstart(situations[name]!())
