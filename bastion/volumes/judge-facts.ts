// Whether a report can be true at all: one that contradicts itself is believed in nothing.
import type { Disk, Facts, VolumeGroup } from '../../protocol/facts.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { sameDisk } from './disk-identity.ts'
import { nameOf } from './judge-contents.ts'

/** One refusal with everything that can’t be so: negative or absurd sizes, overlapping partitions, references to nothing, sums that don’t add up. */
export function judgeFacts(facts: Facts): Refusal[] {
  const wrong = [...facts.disks.flatMap(disk => wrongDisk(disk)), ...wrongPhysicalVolumes(facts), ...facts.lvm.volumeGroups.flatMap(group => wrongGroup(group, facts)), ...wrongVolumes(facts)]
  if (wrong.length === 0) return []
  return [{ code: 'facts-inconsistent', because: `The report contradicts itself, so nothing in it is believed: ${wrong.slice(0, 6).join('; ')}${wrong.length > 6 ? `; and ${wrong.length - 6} more` : ''}.`, nextStep: 'Restart the machine, so that it reports again. If it says the same: look at the disks by hand (labctl provision rescue).' }]
}

/** A refusal for each pair of disks that is one disk by two paths; a plan could write it twice. */
export function judgeSeenTwice(facts: Facts): Refusal[] {
  return facts.disks.flatMap((disk, index) => facts.disks.slice(index + 1).flatMap(other => {
    const same = sameDisk(disk, other)
    return same === null ? [] : [{ code: 'disk-seen-twice', because: `One disk was seen twice, as ${disk.name} and ${other.name}, both with ${same}; each disk was expected once.`, nextStep: 'Multipath is not supported yet: connect the disk by one path, and retry. If two disks really share a serial, use another one.' }]
  }))
}

const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const twice = (values: readonly string[]): string[] => [...new Set(values.filter((value, index) => values.indexOf(value) !== index))]

function wrongDisk(disk: Disk): string[] {
  const [name, wrong] = [nameOf(disk), [] as string[]]
  const sector = disk.logicalSectorBytes
  if (!whole(sector) || sector < 512 || sector > 2 ** 20) return [`${name} has sectors of ${sector} bytes`]
  if (!whole(disk.sizeBytes) || disk.sizeBytes % 512 !== 0) wrong.push(`${name} has ${disk.sizeBytes} bytes`)
  for (const { number, startBytes, sizeBytes } of disk.partitions) {
    if (!whole(startBytes) || !whole(sizeBytes) || sizeBytes === 0 || startBytes % 512 !== 0 || sizeBytes % 512 !== 0) wrong.push(`partition ${number} of ${name} begins at ${startBytes} and has ${sizeBytes} bytes`)
    else if (startBytes + sizeBytes > disk.sizeBytes) wrong.push(`partition ${number} of ${name} reaches past the disk’s end`)
  }
  for (const number of twice(disk.partitions.map(partition => String(partition.number)))) wrong.push(`${name} has two partitions ${number}`)
  for (const uuid of twice(disk.partitions.flatMap(partition => partition.partUuid?.toLowerCase() ?? []))) wrong.push(`two partitions of ${name} have the PARTUUID ${uuid}`)
  const inOrder = disk.partitions.toSorted((a, b) => a.startBytes - b.startBytes)
  for (const [index, partition] of inOrder.entries()) {
    const before = inOrder[index - 1]
    if (before !== undefined && before.startBytes + before.sizeBytes > partition.startBytes) wrong.push(`partitions ${before.number} and ${partition.number} of ${name} overlap`)
  }
  return wrong
}

function wrongPhysicalVolumes({ lvm }: Facts): string[] {
  const names = new Set(lvm.volumeGroups.map(group => group.name))
  return lvm.physicalVolumes.flatMap(volume => [
    ...volume.group === null || names.has(volume.group) ? [] : [`the PV ${volume.uuid} belongs to ${JSON.stringify(volume.group)}, and there is no such group`],
    ...whole(volume.sizeBytes) && whole(volume.freeBytes) && volume.freeBytes <= volume.sizeBytes ? [] : [`the PV ${volume.uuid} has ${volume.freeBytes} of ${volume.sizeBytes} bytes free`],
  ])
}

function wrongGroup(group: VolumeGroup, { lvm }: Facts): string[] {
  const { name, extentBytes, sizeBytes, freeBytes } = group
  if (!whole(extentBytes) || extentBytes === 0) return [`the group ${name} has extents of ${extentBytes} bytes`]
  if (!whole(sizeBytes) || !whole(freeBytes) || sizeBytes === 0 || freeBytes > sizeBytes || sizeBytes % extentBytes !== 0 || freeBytes % extentBytes !== 0) return [`the group ${name} has ${freeBytes} of ${sizeBytes} bytes free`]
  if (lvm.volumeGroups.some(other => other !== group && other.name === name)) return []
  const under = lvm.physicalVolumes.filter(volume => volume.group === name)
  const inside = lvm.logicalVolumes.filter(volume => volume.groupUuid === group.uuid)
  const sum = (sizes: { sizeBytes: number }[]): number => sizes.reduce((total, { sizeBytes }) => total + sizeBytes, 0)
  const plain = inside.filter(volume => plainTypes.test(volume.segmentType))
  const wrong: string[] = []
  // LVM counts whole extents everywhere (pv_size, pv_free, vg_size, vg_free), so these agree to the byte.
  if (under.length > 0 && !under.some(volume => volume.duplicate || volume.missing)) {
    if (sum(under) !== sizeBytes) wrong.push(`the PVs of the group ${name} have ${sum(under)} bytes together, and the group has ${sizeBytes}`)
    const free = under.reduce((total, volume) => total + volume.freeBytes, 0)
    if (free !== freeBytes) wrong.push(`the PVs of the group ${name} have ${free} bytes free together, and the group ${freeBytes}`)
  }
  if (under.length === 0 && !group.partial) wrong.push(`the group ${name} lies on nothing`)
  const taken = sizeBytes - freeBytes
  if (group.exported) return wrong
  const moving = inside.some(volume => /^..[A-Z]/.test(volume.attributes))
  if (plain.length === inside.length && !moving ? sum(plain) !== taken : sum(plain) > taken) wrong.push(`the volumes of the group ${name} take ${sum(plain)} bytes, and ${taken} are taken`)
  return wrong
}

/** lvm(8), VALID NAMES. */
const lvmName = /^(?!\.{1,2}$)[A-Za-z0-9_+.][A-Za-z0-9_+.-]{0,126}$/
/** Types of which a volume takes exactly its own size. */
const plainTypes = /^(linear|striped)(\+(linear|striped))*$/

function wrongVolumes({ lvm }: Facts): string[] {
  const byUuid = new Map(lvm.volumeGroups.map(group => [group.uuid, group]))
  return [
    ...[...lvm.volumeGroups, ...lvm.logicalVolumes].filter(({ name }) => !lvmName.test(name)).map(({ name }) => `${JSON.stringify(name)} is no name that LVM makes`),
    ...[...lvm.physicalVolumes, ...lvm.volumeGroups, ...lvm.logicalVolumes].filter(({ uuid }) => !/^[\w/.:-]{1,80}$/.test(uuid)).map(({ uuid }) => `${JSON.stringify(uuid)} is no UUID`),
    ...twice(lvm.volumeGroups.map(group => group.uuid)).map(uuid => `two groups have the UUID ${uuid}`),
    ...twice(lvm.logicalVolumes.map(volume => volume.uuid)).map(uuid => `two volumes have the UUID ${uuid}`),
    ...twice(lvm.logicalVolumes.map(volume => JSON.stringify([volume.groupUuid, volume.name]))).map(name => `two volumes of one group are named ${name}`),
    ...lvm.logicalVolumes.flatMap(volume => {
      const [group, name] = [byUuid.get(volume.groupUuid), `${volume.group}/${volume.name}`]
      if (group === undefined || group.name !== volume.group) return [`the volume ${name} belongs to a group that is not listed`]
      return whole(volume.sizeBytes) && volume.sizeBytes > 0 && volume.sizeBytes % group.extentBytes === 0 ? [] : [`the volume ${name} has ${volume.sizeBytes} bytes`]
    }),
  ]
}
