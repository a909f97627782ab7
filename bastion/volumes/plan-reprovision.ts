// What happens to every block device of a machine that keeps its data, or every reason why nothing may.
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedDisk, PlannedGroup, StoragePlan } from '../../protocol/storage-plan.ts'
import { describeReprovision } from './describe-reprovision.ts'
import { describeDisk, stableNames } from './disk-identity.ts'
import { findRecorded, type FoundStorage } from './find-recorded.ts'
import { judgeAccept } from './judge-accept.ts'
import { nameOf } from './judge-contents.ts'
import { judgeFacts, judgeSeenTwice } from './judge-facts.ts'
import { judgeJoinedNames } from './judge-joined-names.ts'
import { judgeLvmReport } from './judge-lvm-report.ts'
import { judgeRaid } from './judge-raid.ts'
import { judgeRecord } from './judge-record.ts'
import type { FoundGroup } from './judge-recorded-group.ts'
import { judgeShadowed } from './judge-shadowed.ts'
import { judgeStaying } from './judge-volume.ts'
import { judgeWipe } from './judge-wipe.ts'
import { expected } from './plan-install.ts'
import { planNewGroups } from './plan-new-groups.ts'
import { judgeFirmware, planReusedPartitions } from './plan-reused-partitions.ts'
import { placeVolumes, planReusedVolumes } from './plan-reused-volumes.ts'
import { refuseLayout } from './plan-volumes.ts'
import type { ReprovisionOrder, StorageDecision, StorageQuestion } from './storage-question.ts'

type Question = StorageQuestion<ReprovisionOrder>

/** Plans a reprovision: the record says what is ours, the facts what is there; only where both agree anything is written. Same question, same answer. */
export function planReprovision(question: Question): StorageDecision {
  const { layout, facts, record, order, identity } = question
  const early = [...refuseLayout(layout), ...judgeFacts(facts), ...judgeSeenTwice(facts), ...judgeLvmReport(facts), ...judgeRaid(facts), ...judgeWipe(facts, order.wipe)]
  if (record == null) return refuse([{ code: 'not-recorded', because: 'The bastion recorded nothing of this machine’s storage: it neither installed nor adopted it.', nextStep: 'labctl provision adopt shows what would be taken for what, and records it; or install the machine.' }, ...early], order, [])
  const unfit = judgeRecord(record, identity.machineId)
  if (unfit.length > 0) return refuse([...unfit, ...early], order, [])
  const storage = findRecorded(record, facts)
  const plan = planFound(question, storage)
  const all = [...early, ...storage.refusals, ...plan.refusals]
  const { left, accepted } = judgeAccept(all, order.accept, plan.used)
  if (left.length > 0 || plan.draft === null) return refuse(all, order, plan.used)
  const draft = { ...plan.draft, accepted }
  return { kind: 'plan', plan: { ...draft, devices: describeReprovision(facts, draft, new Set(plan.dropped)) } }
}

function refuse(refusals: readonly Refusal[], order: ReprovisionOrder, used: readonly string[]): StorageDecision {
  const { left } = judgeAccept(refusals, order.accept, used)
  return { kind: 'refused', refusals: left.length > 0 ? left : [...refusals] }
}

interface Drafted { draft: Omit<StoragePlan, 'accepted' | 'devices'> | null, refusals: Refusal[], used: string[], dropped: string[] }

function planFound(question: Question, storage: FoundStorage): Drafted {
  const { layout, facts, order, identity, carryOver } = question
  const { record } = storage
  const { groups, volumes: found } = storage
  const { places, homeless } = placeVolumes(layout, storage)
  // What belongs into a recorded group that is not there has been refused with that group.
  const missing = storage.record.groups.filter(group => !groups.some(found => found.recorded === group))
  const unplaced = homeless.filter(({ group }) => !missing.some(each => each.name === group))
  const fresh = planNewGroups(question, storage, unplaced)
  const reused = planReusedVolumes(places, groups, identity)
  const dropped = found.filter(each => !places.some(place => place.found === each))
  const shadowed = judgeShadowed(places, unplaced, found, order.accept)
  // On an adopted machine the tag on / comes before everything else.
  const cut = !storage.finished && found.some(each => each.recorded.mount === '/' && each.tagged)
  const partitions = storage.disks.map(each => ({ ...each, ...planReusedPartitions(storage.partitions.filter(({ recorded }) => recorded === each.recorded), layout, identity.seed, cut) }))
  const roles = partitions.flatMap(({ planned }) => planned.map(({ role }) => role))
  const known = record.disks.flatMap(disk => disk.partitions.map(({ role }) => role))
  const volumes = [...reused.volumes, ...fresh.volumes]
  const refusals: Refusal[] = [...fresh.refusals, ...reused.refusals, ...judgeJoinedNames(volumes, facts), ...shadowed.refusals, ...partitions.flatMap(each => each.refusals), ...dropped.flatMap(each => judgeStaying(each, null)), ...judgeFirmware(record.firmware, facts, known.length > roles.length ? known : roles)]
  const outcome = { refusals, used: shadowed.used, dropped: dropped.flatMap(each => each.volume?.uuid ?? []) }
  const system = groups.find(group => places.some(place => place.group === group && place.wanted.mount === '/'))
  if (system === undefined || partitions.length === 0) return { ...outcome, draft: null }
  // Not one that can't be written, nor one with a thick snapshot, which every write to it fills (lvs(8), attributes).
  const unfit = new Set(groups.flatMap(({ volumes }) => volumes).filter(volume => /^(o|.r)/i.test(volume.attributes)).map(({ uuid }) => uuid))
  const store = reused.volumes.find(volume => volume.action === 'keep' && volume.filesystem !== 'swap' && !unfit.has(volume.uuid!))
  const inOrder = [system, ...groups.filter(group => group !== system)]
  const mounts = new Map(reused.volumes.map(volume => [volume.uuid, volume.mount]))
  return { ...outcome, draft: {
    version: 2, order: 'reprovision', machineId: identity.machineId, firmware: facts.firmware,
    disks: partitions.map(({ disk, recorded, planned }): PlannedDisk => ({ ...expected(disk, facts, []), byId: stableNames(disk).includes(recorded.byId) ? recorded.byId : nameOf(disk), role: recorded.role, action: 'reuse', description: describeDisk(disk), newTableUuid: null, planned })).concat(fresh.disks),
    groups: [...inOrder.map(group => planGroup(group, reused.free.get(group)!)), ...fresh.groups],
    volumes,
    expected: {
      physicalVolumes: inOrder.flatMap(({ group, physicalVolumes }) => physicalVolumes.map(({ seen }) => ({ uuid: seen.uuid, groupUuid: group.uuid }))),
      volumes: inOrder.flatMap(({ volumes }) => volumes.map(({ groupUuid, name, uuid, sizeBytes, segmentType, tags }) => ({ groupUuid, name, uuid, sizeBytes, segmentType, tags }))),
    },
    kept: inOrder.flatMap(({ volumes }) => volumes).filter(volume => !reused.volumes.some(each => each.uuid === volume.uuid && each.action !== 'keep'))
      .map(({ group, name, uuid, sizeBytes, signature }) => ({ group, name, uuid, sizeBytes, mount: mounts.get(uuid) ?? null, filesystem: signature?.type ?? null, filesystemUuid: signature?.uuid ?? null })),
    carryOver: carryOver == null || carryOver.paths.length === 0 ? null : { paths: [...carryOver.paths], mostMib: carryOver.mostMib, store: store === undefined ? null : { group: store.group, name: store.name, mount: store.mount } },
    mustBeEmpty: shadowed.mustBeEmpty,
  } }
}

function planGroup({ group, physicalVolumes }: FoundGroup, freeExtents: number): PlannedGroup {
  return {
    name: group.name, action: 'reuse', uuid: group.uuid, extentBytes: group.extentBytes, extents: group.sizeBytes / group.extentBytes, freeExtents,
    physicalVolumes: physicalVolumes.map(({ seen, place, recorded }) => ({ disk: recorded ? place?.recorded.byId ?? null : null, partition: recorded ? place?.partition.number ?? null : null, uuid: seen.uuid, action: 'reuse' })),
  }
}
