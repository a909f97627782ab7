// Volumes are also looked up as `group-volume`, and there `a-x` of `vg0` and `x` of `vg0-a` are the same.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedVolume } from '../../protocol/storage-plan.ts'
import { joinedName } from './judge-lvm.ts'

/** A refusal for each volume of the plan that could be taken for another one of the machine. */
export function judgeJoinedNames(planned: readonly PlannedVolume[], { lvm }: Facts): Refusal[] {
  const all = [...lvm.logicalVolumes.map(({ group, name }) => ({ group, name })), ...planned.filter(volume => volume.action === 'create')]
  return planned.flatMap(volume => all.filter(other => (other.group !== volume.group || other.name !== volume.name) && joinedName(other.group, other.name) === joinedName(volume.group, volume.name)).map(other => ({
    code: 'joined-name-taken', because: `Volume ${volume.name} of group ${volume.group} and volume ${other.name} of group ${other.group} would both be read as ${joinedName(volume.group, volume.name)}.`, nextStep: 'Rename one of them.',
  })))
}
