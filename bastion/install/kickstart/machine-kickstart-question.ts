// What a machine's own part of an installation by Kickstart is made of.
import type { MachineSettings } from '../../../protocol/machine-settings.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { Tree } from '../../../protocol/tree-sources.ts'
import type { KickstartQuestion } from '../plan-kickstart.ts'

/** `treeUrl` and `repositoryUrls`: on the control plane, with a slash at their ends. `caPath`: of its certificate, in Anaconda's environment. `direct`: addresses that no proxy may stand before. `settings`: what {@link decideSettings} gives. */
export interface MachineKickstartQuestion {
  tree: Pick<Tree, 'name' | 'family' | 'release' | 'kickstart' | 'architecture'>
  treeUrl: string
  repositoryUrls: readonly { id: string, url: string }[]
  caPath: string
  storage: KickstartQuestion
  settings: MachineSettings
  order: { id: string, attempt: number, os: string, name: string }
  mac: string
  authorizedKeys: readonly string[]
  timezone: string
  consoles: readonly string[]
  kernelArguments: readonly string[]
  bootOrder: 'disk' | 'network'
  direct: readonly string[]
}

/** Its three texts: the commands that labctl.ks includes, and the scripts after the installation, outside and inside the new system. Or every reason why not. */
export type MachineKickstart = { kind: 'text', machine: string, nochroot: string, post: string } | { kind: 'refused', refusals: Refusal[] }
