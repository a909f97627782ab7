// What happens to every block device of a machine that is installed afresh, or every reason why nothing may.
import type { Disk, Facts } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { DiskExpected, PlannedDisk, PlannedGroup, PlannedPartition, PlannedVolume } from '../../protocol/storage-plan.ts'
import { decideLayoutDisks, type ChosenDisk } from './decide-layout-disks.ts'
import { deriveUuid, lvmUuid } from './derive-uuid.ts'
import { describeDevices } from './describe-devices.ts'
import { describeDisk, isDisk } from './disk-identity.ts'
import { diskContents, nameOf } from './judge-contents.ts'
import { leftByEarlierPlan } from './judge-leftovers.ts'
import { judgeLvm } from './judge-lvm.ts'
import { judgeLosses, judgeWipe } from './judge-wipe.ts'
import { extentMib, extentsOnDataDisk, extentsOnDisk, leastEspMib, planDataPartition, planPartitions } from './plan-partitions.ts'
import { planVolumes, refuseLayout } from './plan-volumes.ts'
import type { InstallOrder, StorageDecision, StorageQuestion } from './storage-question.ts'

type Question = StorageQuestion<InstallOrder>

/** Plans a fresh install. Same question, same answer; nothing that the plan doesn't name is ever touched. */
export function planInstall(question: Question): StorageDecision {
  const { layout, facts, order, identity } = question
  const { chosen, refusals: undecided } = decideLayoutDisks(layout, facts, order.wipe)
  const early = [...refuseLayout(layout), ...judgeWipe(facts, order.wipe), ...undecided, ...refuseEsp(question, chosen)]
  const named = facts.disks.filter(disk => order.wipe.some(identity => isDisk(disk, identity)) || leftByEarlierPlan(disk, order.earlier ?? [], facts))
  const disks = chosen.map(({ disk }) => disk)
  const { alsoWiped, refusals } = judgeLosses(facts, disks, named, chosen.map(({ wanted }) => wanted.group))
  const all = [...early, ...refusals, ...judgeLvm(facts, layout, [...disks, ...alsoWiped])]
  if (all.length > 0) return { kind: 'refused', refusals: all }

  const made = chosen.map(place => ({ ...place, ...makeOn(place, question) }))
  return { kind: 'plan', plan: {
    version: 2,
    order: order.kind,
    machineId: identity.machineId,
    firmware: facts.firmware,
    disks: [
      ...made.map(({ disk, role, wanted, partitions }): PlannedDisk => ({ ...expected(disk, facts, named), role, action: 'wipe', description: describeDisk(disk), newTableUuid: deriveUuid(identity.seed, role === 'system' ? 'table' : `table:${wanted.group}`), planned: partitions })),
      ...alsoWiped.map((disk): PlannedDisk => ({ ...expected(disk, facts, named), role: 'wiped', action: 'wipe', description: describeDisk(disk), newTableUuid: null, planned: [] })),
    ],
    groups: made.map(({ group }) => group),
    volumes: made.flatMap(({ volumes }) => volumes),
    expected: { physicalVolumes: [], volumes: [] },
    kept: [],
    carryOver: null,
    mustBeEmpty: [],
    accepted: [],
    devices: describeDevices(facts, { made, alsoWiped }),
  } }
}

/** What is made on one disk: partitions, group, volumes. */
function makeOn({ disk, role, wanted }: ChosenDisk, { layout, identity: { machineId, seed } }: Question): { partitions: PlannedPartition[], group: PlannedGroup, volumes: PlannedVolume[] } {
  const system = role === 'system'
  const partitions = system ? planPartitions(layout, disk, seed) : [planDataPartition(disk, wanted.group, seed)]
  const extents = system ? extentsOnDisk(layout, disk.sizeBytes) : extentsOnDataDisk(disk.sizeBytes)
  const volumes = planVolumes(wanted, extents, machineId, seed, system ? '' : `${wanted.group}/`)
  return { partitions, volumes, group: {
    name: wanted.group, action: 'create', uuid: null, extentBytes: extentMib * 2 ** 20, extents,
    freeExtents: extents - volumes.reduce((sum, volume) => sum + volume.extents, 0),
    physicalVolumes: [{ disk: nameOf(disk), partition: partitions.at(-1)!.number, uuid: lvmUuid(deriveUuid(seed, system ? 'physical-volume' : `physical-volume:${wanted.group}`)), action: 'create' }],
  } }
}

function refuseEsp({ layout }: Question, chosen: readonly ChosenDisk[]): Refusal[] {
  return chosen.filter(({ disk, role }) => role === 'system' && layout.espMib < leastEspMib(disk.logicalSectorBytes)).map(({ disk }) => ({
    code: 'esp-too-small', because: `The layout wants an EFI system partition of ${layout.espMib} MiB, and on ${describeDisk(disk)}, whose sectors have ${disk.logicalSectorBytes} bytes, FAT32 needs ${leastEspMib(disk.logicalSectorBytes)} MiB.`,
    nextStep: 'Set espMib of the layout to at least that.',
  }))
}

/** What a disk has to look like still when the steps run; `named` are those that may be wiped. */
export function expected(disk: Disk, facts: Facts, named: readonly Disk[]): DiskExpected {
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
