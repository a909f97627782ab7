// Data disks that are new in the layout: each gets a group of its own, on a disk that is empty or was named to be wiped.
import type { Disk } from '../../protocol/facts.ts'
import type { VolumeWanted } from '../../protocol/layout.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedDisk, PlannedGroup, PlannedVolume } from '../../protocol/storage-plan.ts'
import type { RecordedDisk } from '../../protocol/storage-record.ts'
import { decideDisk } from './decide-disk.ts'
import { deriveUuid, lvmUuid } from './derive-uuid.ts'
import { describeDisk, isDisk } from './disk-identity.ts'
import { leftUnmade } from './drop-unmade.ts'
import type { FoundStorage } from './find-recorded.ts'
import { bundles, nameOf } from './judge-contents.ts'
import { judgeLosses } from './judge-wipe.ts'
import { expected } from './plan-install.ts'
import { bytesForDataExtents, extentMib, extentsOnDataDisk, planDataPartition } from './plan-partitions.ts'
import { extentsNeeded, planVolumes } from './plan-volumes.ts'
import type { ReprovisionOrder, StorageQuestion } from './storage-question.ts'

interface NewGroups { disks: PlannedDisk[], groups: PlannedGroup[], volumes: PlannedVolume[], refusals: Refusal[] }

/** What is made for the volumes of the layout that have no place yet; nothing on a disk that was recorded. */
export function planNewGroups({ layout, facts, order, identity }: StorageQuestion<ReprovisionOrder>, storage: FoundStorage, homeless: readonly { group: string, wanted: VolumeWanted }[]): NewGroups {
  const made: NewGroups = { disks: [], groups: [], volumes: [], refusals: [] }
  const taken = facts.disks.filter(disk => storage.record.disks.some(recorded => recorded.byId === nameOf(disk) || isDisk(disk, recorded.byId) || (recorded.tableUuid !== null && recorded.tableUuid === disk.table?.uuid)))
  for (const data of layout.data ?? []) {
    const wanted = { group: data.group, volumes: homeless.filter(({ group }) => group === data.group).map(each => each.wanted) }
    if (wanted.volumes.length === 0) continue
    const refuse = (because: string, nextStep: string): void => void made.refusals.push({ code: 'data-disk-new', because: `The layout wants ${wanted.volumes.map(({ mount }) => mount).join(', ')} in the group ${data.group} on a disk of its own, and that group was not recorded for this machine. ${because}`, nextStep })
    const decision = decideDisk({ rule: data.disk, neededBytes: bytesForDataExtents(extentsNeeded(wanted)), purpose: '' }, facts, order.wipe, taken)
    if (decision.kind === 'refused') {
      refuse(decision.refusals.map(refusal => refusal.because).join(' '), 'Add a disk that fits, or take the data disk out of the layout.')
      continue
    }
    const { disk } = decision
    taken.push(disk)
    const named = facts.disks.filter(each => order.wipe.some(name => isDisk(each, name)) || leftUnmade(each, storage.unmade))
    const others = bundles(facts).filter(bundle => bundle.disks.includes(disk) || (bundle.kind === 'volume group' && bundle.name === data.group))
    if (others.length > 0) refuse(`The disk would be ${describeDisk(disk)}; in the way is the ${others.map(bundle => `${bundle.kind} ${bundle.name}`).join(', the ')}.`, `Erase its disk first (labctl provision erase), or change the layout.`)
    else made.refusals.push(...judgeLosses(facts, [disk], named, [data.group]).refusals.map(refusal => ({ ...refusal, because: refusal.because.replace('the disk to install to', `the disk for the new group ${data.group}`) })))
    add(made, disk, wanted, identity, expected(disk, facts, named), storage.unmade.find(each => each.byId === nameOf(disk) && each.serial === disk.serial && each.sizeBytes === disk.sizeBytes))
  }
  return made
}

/** `begun`: what an earlier attempt chose for this disk; chosen again, so that whatever attempt left what is there, it is known by it. */
function add(made: NewGroups, disk: Disk, wanted: { group: string, volumes: VolumeWanted[] }, { machineId, seed }: { machineId: string, seed: string }, seen: ReturnType<typeof expected>, begun: RecordedDisk | undefined): void {
  const { group } = wanted
  const [earlier] = begun?.partitions ?? []
  const partition = { ...planDataPartition(disk, group, seed), ...earlier === undefined ? {} : { partUuid: earlier.partUuid } }
  const extents = extentsOnDataDisk(disk.sizeBytes)
  const volumes = planVolumes(wanted, extents, machineId, seed, `${group}/`)
  made.disks.push({ ...seen, role: 'data', action: 'wipe', description: describeDisk(disk), newTableUuid: begun?.tableUuid ?? deriveUuid(seed, `table:${group}`), planned: [partition] })
  made.groups.push({
    name: group, action: 'create', uuid: null, extentBytes: extentMib * 2 ** 20, extents, freeExtents: extents - volumes.reduce((sum, volume) => sum + volume.extents, 0),
    physicalVolumes: [{ disk: seen.byId, partition: partition.number, uuid: earlier?.physicalVolume ?? lvmUuid(deriveUuid(seed, `physical-volume:${group}`)), action: 'create' }],
  })
  made.volumes.push(...volumes)
}
