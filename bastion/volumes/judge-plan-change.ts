// Whether the plan made on the machine is the same as, or safer than, the one that the operator was shown.
import type { Refusal } from '../../protocol/refusal.ts'
import type { PlannedDevice, PlannedDisk, StoragePlan } from '../../protocol/storage-plan.ts'

/** A refusal for each way in which `now` would lose more than `shown`, lacks something that was to stay, or writes somewhere else. Empty: go on. */
export function judgePlanChange(shown: StoragePlan, now: StoragePlan): Refusal[] {
  const reasons = [...frame(shown, now), ...devices(shown, now), ...disks(shown, now), ...groupsAndVolumes(shown, now), ...kept(shown, now), ...safeguards(shown, now)]
  return reasons.map(because => ({ code: 'plan-changed', because, nextStep: 'Nothing was touched. Look at the plan as it is now, and order again if it is what you want: labctl provision retry.' }))
}

function frame(shown: StoragePlan, now: StoragePlan): string[] {
  const pairs = [['order', shown.order, now.order], ['machine', shown.machineId, now.machineId], ['firmware', shown.firmware, now.firmware]] as const
  return pairs.filter(([, then, here]) => then !== here).map(([what, then, here]) => `The plan was shown for the ${what} ${then}, and now it is ${here}.`)
}

/** How much of a thing is lost. What is made on a thing that is there already (`create` with an identity) replaces what it holds. */
const loss = (device: PlannedDevice): number => ({ keep: 0, reuse: 1, create: 2, reformat: 2, wipe: 3 })[device.action]
const words = { keep: 'kept', reuse: 'used as it is', create: 'made anew', reformat: 'formatted', wipe: 'wiped' } as const
/** By kind, identity and name: cloned disks have partitions of one identity. Where even that is the same for two, the one that comes last in `order` counts. */
const seen = (plan: StoragePlan, order: (a: PlannedDevice, b: PlannedDevice) => number): Map<string, PlannedDevice> => new Map(plan.devices.filter(device => device.identity !== null).toSorted(order).map(device => [`${device.kind} ${device.identity} ${device.name}`, device]))
const told = (device: PlannedDevice): string => `${device.kind.replaceAll('-', ' ')} ${device.name}${device.name === device.identity ? '' : ` (${device.identity})`}`

function devices(shown: StoragePlan, now: StoragePlan): string[] {
  const [then, here] = [seen(shown, (a, b) => loss(b) - loss(a)), seen(now, (a, b) => loss(a) - loss(b))]
  const more = [...here].flatMap(([key, device]) => {
    const before = then.get(key)
    if (loss(device) <= (before === undefined ? 0 : loss(before))) return []
    return [`The ${told(device)} would be ${words[device.action]} now, and ${before === undefined ? 'did not stand in the plan that was shown' : `was to be ${words[before.action]}`}.`]
  })
  const gone = [...then].filter(([key, device]) => loss(device) <= 1 && !here.has(key)).map(([, device]) => `The ${told(device)} was to be ${words[device.action]}, and is not there any more.`)
  return [...more, ...gone]
}

/** A disk under other contents is another disk to lose, even if it was to be wiped all along. */
function disks(shown: StoragePlan, now: StoragePlan): string[] {
  return [...now.disks.flatMap(disk => {
    const before = shown.disks.find(found => found.byId === disk.byId)
    if (before === undefined) return [`The disk ${disk.byId} would be written now, and did not stand in the plan that was shown.`]
    if (before.serial !== disk.serial || before.sizeBytes !== disk.sizeBytes || before.logicalSectorBytes !== disk.logicalSectorBytes) return [`The disk ${disk.byId} has now ${disk.sizeBytes} bytes and serial ${disk.serial}; the one that was shown had ${before.sizeBytes} bytes and serial ${before.serial}.`]
    return [
      ...before.role === disk.role ? [] : [`The disk ${disk.byId} is the ${disk.role} disk now, and was to be the ${before.role} disk.`],
      ...before.action === 'reuse' && disk.action === 'wipe' ? [`The disk ${disk.byId} would get a new partition table, and was to keep its own.`] : [],
      ...disk.action === 'wipe' ? contents(before, disk) : [],
    ]
  }), ...shown.disks.filter(disk => disk.role !== 'wiped' && !now.disks.some(found => found.byId === disk.byId)).map(disk => `The ${disk.role} disk was to be ${disk.byId}, which is not in the plan any more.`)]
}

function contents(before: PlannedDisk, disk: PlannedDisk): string[] {
  if (before.empty && !disk.empty) return [`The disk ${disk.byId} held nothing when the plan was shown, and holds something now.`]
  const places = (of: PlannedDisk): Set<string> => new Set([[0, of.signature, of.signatureUuid], ...of.partitions.flatMap(({ startBytes, signature, uuid }) => [[startBytes, null, null], [startBytes, signature, uuid]])].map(place => JSON.stringify(place)))
  const known = places(before)
  return [...places(disk)].some(place => !known.has(place) && place !== '[0,null,null]') ? [`The disk ${disk.byId} holds something else than when the plan was shown.`] : []
}

function groupsAndVolumes(shown: StoragePlan, now: StoragePlan): string[] {
  const groups = (plan: StoragePlan): string[] => plan.groups.map(group => `group ${group.name}`)
  const volumes = (plan: StoragePlan): string[] => plan.volumes.map(({ group, name, mount, filesystem, keep }) => `volume ${group}/${name} (${filesystem} for ${mount}${keep ? ', kept by a reprovision' : ''})`)
  const [then, here] = [[...groups(shown), ...volumes(shown)], [...groups(now), ...volumes(now)]]
  return [
    ...here.filter(line => !then.includes(line)).map(line => `The ${line} did not stand in the plan that was shown.`),
    ...then.filter(line => !here.includes(line)).map(line => `The ${line} stood in the plan that was shown, and does not any more.`),
    ...shown.groups.flatMap(group => now.groups.filter(found => found.name === group.name && group.uuid !== null && found.uuid !== group.uuid).map(() => `The group ${group.name} is another one than was shown, or is to be made anew.`)),
  ]
}

function kept(shown: StoragePlan, now: StoragePlan): string[] {
  return shown.kept.flatMap(volume => {
    const [name, found] = [`${volume.group}/${volume.name}`, now.kept.find(other => other.uuid === volume.uuid)]
    if (found === undefined) return [`The volume ${name} was to be kept, and is not among the kept ones any more.`]
    return [
      ...found.sizeBytes < volume.sizeBytes ? [`The kept volume ${name} had ${volume.sizeBytes} bytes, and has ${found.sizeBytes} now.`] : [],
      ...found.mount === volume.mount && found.group === volume.group && found.name === volume.name ? [] : [`The kept volume ${name} was for ${volume.mount ?? 'nothing'}, and now ${found.group}/${found.name} is for ${found.mount ?? 'nothing'}.`],
      ...(volume.filesystem !== null && found.filesystem !== volume.filesystem) || (volume.filesystemUuid !== null && found.filesystemUuid !== volume.filesystemUuid) ? [`The kept volume ${name} held ${volume.filesystem} ${volume.filesystemUuid}, and holds ${found.filesystem} ${found.filesystemUuid} now.`] : [],
    ]
  })
}

function safeguards(shown: StoragePlan, now: StoragePlan): string[] {
  const carried = shown.carryOver === null ? [] : shown.carryOver.paths.filter(path => !(now.carryOver?.paths ?? []).includes(path))
  return [
    ...carried.map(path => `${path} was to be carried over, and would be lost now.`),
    ...shown.carryOver?.store != null && now.carryOver !== null && now.carryOver.store === null ? [`What is carried over was to lie on ${shown.carryOver.store.group}/${shown.carryOver.store.name} meanwhile, and would be held in memory only.`] : [],
    ...shown.mustBeEmpty.filter(({ path, group, volume }) => !now.mustBeEmpty.some(found => found.path === path && found.group === group && found.volume === volume) && !now.kept.some(found => found.mount === path)).map(({ path }) => `It was to be made sure that ${path} is empty, and would not be any more.`),
    ...now.accepted.filter(accept => !shown.accepted.includes(accept)).map(accept => `It needs the override ${accept} now, which the plan that was shown did not.`),
  ]
}
