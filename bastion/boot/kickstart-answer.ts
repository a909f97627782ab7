// What an order for an installation tree is answered: the machine's own part of the kickstart, and the scripts around the installation.
import type { Facts } from '../../protocol/facts.ts'
import type { MachineSettings } from '../../protocol/machine-settings.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import type { Tree } from '../../protocol/tree-sources.ts'
import { answerKickstart } from '../install/kickstart/answer-kickstart.ts'
import type { BootRoom } from './boot-room.ts'
import { settingsOf } from './machine-settings.ts'

/** Whose kickstart: a machine as it reports itself, with the plan made of that. `role`: of the order. `own`: settings in place of the machine's stored ones. */
export interface KickstartGround { machine: string, facts: Facts, storage: StoragePlan, tree: Tree, order: { id: string, attempt: number, os: string, name: string, role: string }, mac: string, own?: MachineSettings }

/** The files by their names in `/run/labctl/answer`, or every reason why Anaconda can't be told this plan. */
export function kickstartFiles(room: BootRoom, { machine, facts, storage, tree, order, mac, own }: KickstartGround): { kind: 'files', files: Record<string, string> } | { kind: 'refused', refusals: Refusal[] } {
  const { config, controlUrl } = room
  const layout = config.install.layouts[order.role]
  if (layout === undefined) return { kind: 'refused', refusals: [{ code: 'role-unknown', because: `There is no layout for the role ${order.role}.`, nextStep: 'Add it under install.layouts in bastion.yaml and restart, or order again with another role.' }] }
  const made = answerKickstart({ config, controlUrl, tree, order, mac, storage, layout, facts, settings: settingsOf(room, machine, order.role, own) })
  return made.kind === 'refused' ? made : { kind: 'files', files: { ...made.files, 'ca.pem': room.certificate } }
}
