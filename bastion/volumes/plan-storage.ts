// What happens to every block device of a machine that is installed afresh, or every reason why nothing may.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Layout } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { DiskExpected, StoragePlan } from '../../protocol/storage-plan.ts'
import { decideDisk } from './decide-disk.ts'
import { deriveUuid, lvmUuid } from './derive-uuid.ts'
import { describeDevices } from './describe-devices.ts'
import { describeDisk, isDisk } from './disk-identity.ts'
import { diskContents, leftByEarlierPlan, nameOf } from './judge-contents.ts'
import { judgeLvm } from './judge-lvm.ts'
import { judgeLosses, judgeWipe } from './judge-wipe.ts'
import { extentMib, extentsOnDisk, planPartitions } from './plan-partitions.ts'
import { planVolumes, refuseLayout } from './plan-volumes.ts'

export interface StorageQuestion {
  layout: Layout
  /** What the machine reported this minute. */
  facts: Facts
  /** `wipe`: identities (by-id name, WWN or serial) of disks that may lose what they hold. `earlier`: plans of this same order's attempts that never finished; what they left on a disk may be destroyed too. */
  order: { kind: 'install', wipe: readonly string[], earlier?: readonly StoragePlan[] }
  /** `machineId`: the internal id, for the volumes' tags. `seed`: a fresh random UUID of this attempt; all UUIDs of the plan come from it. */
  identity: { machineId: string, seed: string }
}

/** The plan, or all refusals together. */
export type StorageDecision = { kind: 'plan', plan: StoragePlan } | { kind: 'refused', refusals: Refusal[] }

/** Plans a fresh install. Same question, same answer; nothing that the plan doesn't name is ever touched. */
export function planStorage({ layout, facts, order, identity }: StorageQuestion): StorageDecision {
  const early = [...refuseLayout(layout), ...judgeWipe(facts, order.wipe)]
  const decision = decideDisk(layout, facts, order.wipe)
  if (decision.kind === 'refused') return { kind: 'refused', refusals: [...early, ...decision.refusals, ...judgeLvm(facts, layout, [])] }
  const { disk: chosen, because } = decision
  const named = facts.disks.filter(disk => order.wipe.some(identity => isDisk(disk, identity)) || leftByEarlierPlan(disk, order.earlier ?? []))
  const { alsoWiped, refusals } = judgeLosses(facts, chosen, named, layout.group)
  const all = [...early, ...refusals, ...judgeLvm(facts, layout, [chosen, ...alsoWiped])]
  if (all.length > 0) return { kind: 'refused', refusals: all }

  const partitions = planPartitions(layout, chosen, identity.seed)
  const extents = extentsOnDisk(layout, chosen.sizeBytes)
  const volumes = planVolumes(layout, extents, identity.machineId, identity.seed)
  const plan: StoragePlan = {
    version: 1,
    order: order.kind,
    machineId: identity.machineId,
    firmware: facts.firmware,
    disk: { ...expected(chosen, facts, named), description: describeDisk(chosen), newTableUuid: deriveUuid(identity.seed, 'table') },
    alsoWiped: alsoWiped.map(disk => expected(disk, facts, named)),
    partitions,
    group: {
      name: layout.group,
      extentMib,
      extents,
      freeExtents: extents - volumes.reduce((sum, volume) => sum + volume.extents, 0),
      physicalVolumeUuid: lvmUuid(deriveUuid(identity.seed, 'physical-volume')),
    },
    volumes,
    devices: describeDevices(facts, { chosen, because, alsoWiped, group: layout.group, partitions, volumes }),
  }
  return { kind: 'plan', plan }
}

function expected(disk: Disk, facts: Facts, named: readonly Disk[]): DiskExpected {
  return {
    byId: nameOf(disk),
    serial: disk.serial,
    sizeBytes: disk.sizeBytes,
    logicalSectorBytes: disk.logicalSectorBytes,
    tableUuid: disk.table?.uuid ?? null,
    signature: disk.signature?.type ?? null,
    signatureUuid: disk.signature?.uuid ?? null,
    partitions: disk.partitions.map(({ number, startBytes, sizeBytes, signature }) => ({ number, startBytes, sizeBytes, signature: signature?.type ?? null, uuid: signature?.uuid ?? null })),
    empty: diskContents(disk, facts).length === 0,
    mayWipe: named.includes(disk),
  }
}
