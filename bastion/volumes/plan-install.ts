// What happens to every block device of a machine that is installed afresh, or every reason why nothing may.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { DiskExpected, PlannedDisk, StoragePlan } from '../../protocol/storage-plan.ts'
import { decideDisk } from './decide-disk.ts'
import { deriveUuid, lvmUuid } from './derive-uuid.ts'
import { describeDevices } from './describe-devices.ts'
import { describeDisk, isDisk } from './disk-identity.ts'
import { diskContents, leftByEarlierPlan, nameOf } from './judge-contents.ts'
import { judgeLvm } from './judge-lvm.ts'
import { judgeLosses, judgeWipe } from './judge-wipe.ts'
import { extentMib, extentsOnDisk, planPartitions } from './plan-partitions.ts'
import { planVolumes, refuseLayout } from './plan-volumes.ts'
import type { InstallOrder, StorageDecision, StorageQuestion } from './storage-question.ts'

/** Plans a fresh install. Same question, same answer; nothing that the plan doesn't name is ever touched. */
export function planInstall({ layout, facts, order, identity }: StorageQuestion<InstallOrder>): StorageDecision {
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
  const system: PlannedDisk = { ...expected(chosen, facts, named), role: 'system', action: 'wipe', description: describeDisk(chosen), newTableUuid: deriveUuid(identity.seed, 'table'), planned: partitions }
  const plan: StoragePlan = {
    version: 2,
    order: order.kind,
    machineId: identity.machineId,
    firmware: facts.firmware,
    disks: [system, ...alsoWiped.map((disk): PlannedDisk => ({ ...expected(disk, facts, named), role: 'wiped', action: 'wipe', description: describeDisk(disk), newTableUuid: null, planned: [] }))],
    groups: [{
      name: layout.group,
      action: 'create',
      uuid: null,
      extentBytes: extentMib * 2 ** 20,
      extents,
      freeExtents: extents - volumes.reduce((sum, volume) => sum + volume.extents, 0),
      physicalVolumes: [{ disk: system.byId, partition: 4, uuid: lvmUuid(deriveUuid(identity.seed, 'physical-volume')), action: 'create' }],
    }],
    volumes,
    expected: { physicalVolumes: [], volumes: [] },
    kept: [],
    carryOver: null,
    mustBeEmpty: [],
    accepted: [],
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
