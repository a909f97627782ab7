// What Anaconda must never be told. Several of the worst mistakes are accepted there and destroy data, so they are refused here, on exactly the commands that are rendered.
import type { Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { StoragePlan } from '../../protocol/storage-plan.ts'
import { judgeKickstartDisks } from './judge-kickstart-disks.ts'
import { judgeKickstartGroups } from './judge-kickstart-groups.ts'
import { judgeKickstartVolumes } from './judge-kickstart-volumes.ts'
import type { KickstartCommand } from './kickstart-commands.ts'

/** What commands are judged against: the plan that they should say, and everything that is on the machine. */
export interface KickstartGround { plan: StoragePlan, facts: Facts }

/** One broken rule. */
export interface KickstartMistake { code: `kickstart-${string}`, because: string }

/** A refusal for each rule that the commands break. */
export function judgeKickstart(commands: readonly KickstartCommand[], ground: KickstartGround): Refusal[] {
  const mistakes = [...judgeKickstartDisks(commands, ground), ...judgeKickstartGroups(commands, ground), ...judgeKickstartVolumes(commands, ground)]
  return mistakes.map(({ code, because }) => ({ code, because, nextStep: 'Nothing was written. This plan can’t be told to Anaconda safely: rename or disconnect what is named, or install from an image.' }))
}
