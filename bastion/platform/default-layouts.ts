import type { Layout, VolumeWanted } from '../../protocol/layout.ts'

const system: VolumeWanted[] = [
  { name: 'root', mount: '/', filesystem: 'ext4', sizeMib: 8192, keep: false },
  { name: 'var', mount: '/var', filesystem: 'ext4', sizeMib: 8192, keep: false },
  { name: 'home', mount: '/home', filesystem: 'ext4', sizeMib: 2048, keep: true },
  { name: 'srv', mount: '/srv', filesystem: 'ext4', sizeMib: 2048, keep: true },
]
const disk: Layout['disk'] = { pick: 'smallest', minimumGib: 24 }

/** The layouts that come with the bastion: the same system, and the rest of the disk for Longhorn on workers, for Rancher on infra machines. */
export const defaultLayouts: Record<string, Layout> = {
  worker: { disk, group: 'vg0', bootMib: 1024, espMib: 512, volumes: [...system, { name: 'longhorn', mount: '/var/lib/longhorn', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: true }] },
  infra: { disk, group: 'vg0', bootMib: 1024, espMib: 512, volumes: [...system, { name: 'rancher', mount: '/var/lib/rancher', filesystem: 'ext4', sizeMib: 'rest', minimumMib: 1024, keep: true }] },
}
