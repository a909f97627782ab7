// What an order for an installation tree is answered, as files; and the same in one text, for people.
import type { Facts } from '../../../protocol/facts.ts'
import type { Layout } from '../../../protocol/layout.ts'
import type { MachineSettings } from '../../../protocol/machine-settings.ts'
import type { Refusal } from '../../../protocol/refusal.ts'
import type { StoragePlan } from '../../../protocol/storage-plan.ts'
import type { Tree } from '../../../protocol/tree-sources.ts'
import type { Config } from '../../platform/config-schema.ts'
import { renderKickstartScripts } from '../kickstart-storage/render-kickstart-scripts.ts'
import { flattenKickstart } from './flatten-kickstart.ts'
import { authorityPath } from './kickstart-views.ts'
import { renderBootKickstart } from './render-boot-kickstart.ts'
import { renderMachineKickstart } from './render-machine-kickstart.ts'

/** Which machine gets what. `controlUrl`: of the control plane. `settings`: what {@link decideSettings} gives. */
export interface KickstartOrder {
  config: Config, controlUrl: string, tree: Tree, order: { id: string, attempt: number, os: string, name: string }, mac: string
  storage: StoragePlan, layout: Layout, facts: Facts, settings: MachineSettings
}

/** The names of the files that are made for a machine. */
export type KickstartFile = 'machine.ks' | 'nochroot.sh' | 'post.sh' | 'storage-pre.sh' | 'storage-carry.sh' | 'storage-end.sh'

/** The files by their names in `/run/labctl/answer`, or every reason why Anaconda can't be told this plan. */
export function answerKickstart({ config, controlUrl, tree, order, mac, storage, layout, facts, settings }: KickstartOrder): { kind: 'files', files: Record<KickstartFile, string> } | { kind: 'refused', refusals: Refusal[] } {
  const treeUrl = `${controlUrl}/os/${tree.name}/tree/`
  const rendered = renderMachineKickstart({
    tree, treeUrl, repositoryUrls: tree.repositories.map(({ id }) => ({ id, url: `${controlUrl}/os/${tree.name}/repository/${id}/` })), caPath: authorityPath,
    storage: { plan: storage, layout, facts }, settings, order, mac, authorizedKeys: config.install.authorizedKeys, timezone: settings.timezone ?? config.install.timezone,
    consoles: settings.consoles ?? config.ramdisk.console, kernelArguments: settings.kernelArguments ?? config.ramdisk.arguments, bootOrder: config.install.bootOrder,
    direct: [...new Set([config.controlPlane.address, config.bootPlane.address])],
  })
  if (rendered.kind === 'refused') return rendered
  const { pre, carry, end } = renderKickstartScripts({ plan: storage, order, treeUrl, bootOrder: config.install.bootOrder })
  return { kind: 'files', files: { 'machine.ks': rendered.machine, 'nochroot.sh': rendered.nochroot, 'post.sh': rendered.post, 'storage-pre.sh': pre, 'storage-carry.sh': carry, 'storage-end.sh': end } }
}

/** The whole kickstart that a machine ends up with, includes and scripts in their places. */
export function wholeKickstart(order: KickstartOrder): { kind: 'text', text: string } | { kind: 'refused', refusals: Refusal[] } {
  const answer = answerKickstart(order)
  if (answer.kind === 'refused') return answer
  return { kind: 'text', text: flattenKickstart(renderBootKickstart({ os: order.tree.name, version: order.tree.kickstart }), answer.files) }
}
