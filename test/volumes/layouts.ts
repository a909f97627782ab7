// The layouts of the lab's machines, small enough that dozens of disks fit into memory. Roles of the lab's bastion.
import type { Layout, VolumeWanted } from '../../protocol/layout.ts'

const volume = (name: string, mount: string, sizeMib: VolumeWanted['sizeMib'], keep: boolean, filesystem: VolumeWanted['filesystem'] = 'ext4'): VolumeWanted => ({ name, mount, filesystem, sizeMib, keep })
const base = { disk: { pick: 'smallest', minimumGib: 2 }, group: 'vg0', bootMib: 256, espMib: 64 } as const
const system = [volume('root', '/', 320, false), volume('var', '/var', 160, false)]
const homes = [volume('home', '/home', 96, true), volume('srv', '/srv', 96, true)]
const longhorn = volume('longhorn', '/var/lib/longhorn', 320, true)

/** By role. `worker` leaves room in its group; the others say how they differ from it. */
export const labLayouts = {
  'worker': { ...base, volumes: [...system, ...homes, longhorn] },
  'worker-4k': { ...base, espMib: 272, volumes: [...system, ...homes, longhorn] },
  'worker-full': { ...base, volumes: [...system, ...homes, { ...longhorn, sizeMib: 'rest', minimumMib: 128 }] },
  'worker-xfs': { ...base, volumes: [volume('root', '/', 384, false, 'xfs'), volume('var', '/var', 320, false, 'xfs'), volume('home', '/home', 320, true, 'xfs'), volume('srv', '/srv', 96, true), { ...longhorn, sizeMib: 384, filesystem: 'xfs' }, volume('swap', 'swap', 64, false, 'swap')] },
  'worker-grown': { ...base, volumes: [...system, ...homes, longhorn, volume('scratch', '/var/scratch', 128, false), volume('minio', '/var/lib/minio', 128, true)] },
  'worker-huge': { ...base, volumes: [...system, ...homes, longhorn, volume('minio', '/var/lib/minio', 8192, true)] },
  'worker-shrunk': { ...base, volumes: [...system, homes[0]!, longhorn] },
  'worker-larger-srv': { ...base, volumes: [...system, homes[0]!, volume('srv', '/srv', 192, true), longhorn] },
  'worker-smaller-srv': { ...base, volumes: [...system, homes[0]!, volume('srv', '/srv', 64, true), longhorn] },
  'worker-xfs-longhorn': { ...base, volumes: [...system, ...homes, { ...longhorn, filesystem: 'xfs' }] },
  'worker-no-keep': { ...base, volumes: [volume('root', '/', 320, false), volume('var', '/var', 160, false)] },
  'worker-one': { ...base, volumes: [volume('root', '/', 512, false), longhorn] },
  'worker-one-home': { ...base, volumes: [volume('root', '/', 512, false), volume('home', '/home', 96, true), longhorn] },
  'worker-one-xfs-root': { ...base, volumes: [volume('root', '/', 512, false, 'xfs'), longhorn] },
  'worker-home-not-kept': { ...base, volumes: [...system, { ...homes[0]!, keep: false }, homes[1]!, longhorn] },
  'worker-var-kept': { ...base, volumes: [system[0]!, { ...system[1]!, keep: true }, ...homes, longhorn] },
  'worker-data': { ...base, volumes: [...system, ...homes, longhorn], data: [{ disk: { pick: 'only', minimumGib: 3 }, group: 'data', volumes: [volume('minio', '/var/lib/minio', 128, true)] }] },
  'infra': { ...base, volumes: [...system, ...homes, volume('rancher', '/var/lib/rancher', 256, true)] },
  'two-disks': { ...base, disk: { pick: 'smallest', minimumGib: 2, maximumGib: 2 }, volumes: [...system, ...homes], data: [{ disk: { pick: 'only', minimumGib: 3 }, group: 'data', volumes: [{ ...longhorn, sizeMib: 'rest', minimumMib: 512 }] }] },
} as const satisfies Record<string, Layout>

/** A role of the lab. */
export type LabRole = keyof typeof labLayouts
