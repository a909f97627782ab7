// What will happen to every block device of a machine. Made on the bastion, stored before it is answered, obeyed by the machine.
import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const uuid = (description: string) => Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description })
const filesystemUuid = Type.String({ pattern: '^([0-9a-f-]{36}|[0-9A-F]{4}-[0-9A-F]{4})$', description: 'A volume id for vfat' })

/** What happens to one thing: `keep` leaves every byte, `reuse` takes it as it is, `create` makes it, `reformat` empties it in place, `wipe` destroys it. */
export const PlanActionSchema = Type.Enum(['keep', 'reuse', 'create', 'reformat', 'wipe'])
export type PlanAction = Static<typeof PlanActionSchema>

/** One line of the plan: a block device, partition, PV, VG or LV, seen or to be made. */
export const PlannedDeviceSchema = Type.Object({
  kind: Type.Enum(['disk', 'partition', 'physical-volume', 'volume-group', 'logical-volume', 'raid']),
  name: Type.String({ description: 'By stable identity: by-id name, `<disk>-part<n>`, group, or group/volume' }),
  identity: orNull(Type.String({ description: 'What a thing that was seen is known by for good: by-id name of a disk, PARTUUID (else `<disk>-part<n>`), UUID of a PV, group, volume or array; null for what is to be made' })),
  seenAs: orNull(Type.String({ description: 'The kernel’s name at the time of the facts, for people only' })),
  action: PlanActionSchema,
  because: Type.String(),
})
export type PlannedDevice = Static<typeof PlannedDeviceSchema>

/** What a disk to be written must still look like when the steps run; anything else stops them before the first write. */
export const DiskExpectedSchema = Type.Object({
  byId: Type.String({ description: 'Name under /dev/disk/by-id' }),
  serial: text,
  sizeBytes: Type.Integer({ minimum: 1 }),
  logicalSectorBytes: Type.Integer({ minimum: 512 }),
  tableUuid: text,
  signature: orNull(Type.String({ description: 'blkid TYPE of the whole disk' })),
  signatureUuid: text,
  partitions: Type.Array(Type.Object({
    number: Type.Integer({ minimum: 1 }), startBytes: Type.Integer(), sizeBytes: Type.Integer(),
    signature: text, uuid: text,
  })),
  empty: Type.Boolean({ description: 'No signature and no partition was seen' }),
  mayWipe: Type.Boolean({ description: 'Named by --wipe, or left by an earlier attempt of the same order' }),
})
export type DiskExpected = Static<typeof DiskExpectedSchema>

export const PlannedPartitionSchema = Type.Object({
  number: Type.Integer({ minimum: 1, maximum: 128 }),
  role: Type.Enum(['bios-boot', 'esp', 'boot', 'lvm']),
  action: Type.Enum(['create', 'reuse', 'reformat'], { description: 'reuse: bios-boot, lvm, and the ESP, of which only the own vendor folder and the removable path are replaced' }),
  startSector: Type.Integer(),
  endSector: Type.Integer({ description: 'Inclusive' }),
  sizeMib: Type.Integer(),
  typeGuid: Type.String(),
  partUuid: Type.String({ description: 'Chosen by the plan that made it' }),
  label: Type.String(),
  mount: text,
  filesystem: orNull(Type.Enum(['vfat', 'ext4', 'xfs'])),
  filesystemUuid: orNull(filesystemUuid),
})
export type PlannedPartition = Static<typeof PlannedPartitionSchema>

/** A disk that the steps write to, or stand on. */
export const PlannedDiskSchema = Type.Object({
  ...DiskExpectedSchema.properties,
  role: Type.Enum(['system', 'data', 'wiped'], { description: 'system: partitions for booting and the first group; data: one partition and a group of its own; wiped: its signatures go, and nothing is made on it' }),
  action: Type.Enum(['wipe', 'reuse'], { description: 'wipe: gets a new partition table (an empty disk too); reuse: its table stays, bit by bit' }),
  description: Type.String({ description: 'For people' }),
  newTableUuid: orNull(uuid('GPT disk GUID, chosen by the plan; null where the table stays')),
  planned: Type.Array(PlannedPartitionSchema, { description: 'Partitions of ours, made or used again; others on a reused disk stay and stand in `devices` only' }),
})
export type PlannedDisk = Static<typeof PlannedDiskSchema>

export const PlannedGroupSchema = Type.Object({
  name: Type.String(),
  action: Type.Enum(['create', 'reuse']),
  uuid: orNull(Type.String({ description: 'As reported; null where it is made' })),
  extentBytes: Type.Integer({ minimum: 1 }),
  extents: Type.Integer(),
  freeExtents: Type.Integer({ description: 'Left when everything is made' }),
  physicalVolumes: Type.Array(Type.Object({
    disk: orNull(Type.String({ description: 'by-id name, as in `disks`; null for one that was added by hand on a disk of no concern here' })),
    partition: orNull(Type.Integer()),
    uuid: Type.String({ description: 'In LVM’s spelling; chosen by the plan that made it' }),
    action: Type.Enum(['create', 'reuse']),
  })),
})
export type PlannedGroup = Static<typeof PlannedGroupSchema>

/** A volume of the layout. Volumes that the layout does not know stand in `devices`, as kept. */
export const PlannedVolumeSchema = Type.Object({
  group: Type.String(),
  name: Type.String(),
  mount: Type.String(),
  filesystem: Type.Enum(['ext4', 'xfs', 'swap']),
  filesystemUuid: uuid('Chosen by the plan where it is made or reformatted, as reported where it is kept'),
  extents: Type.Integer({ minimum: 1, description: 'Of the group’s extent size' }),
  tag: Type.String({ description: 'LVM tag from its lvcreate on: labctl.<internal id>.<mount, encoded>' }),
  keep: Type.Boolean({ description: 'Survives a reprovision' }),
  action: Type.Enum(['create', 'reformat', 'keep']),
  uuid: orNull(Type.String({ description: 'LV UUID as reported; null where it is made' })),
  addTag: Type.Boolean({ description: 'It was adopted and has no tag of ours yet' }),
})
export type PlannedVolume = Static<typeof PlannedVolumeSchema>

/** A volume whose every byte stays, as it must read before and after: the proof. */
export const KeptVolumeSchema = Type.Object({
  group: Type.String(), name: Type.String(), uuid: Type.String(), sizeBytes: Type.Integer(),
  mount: orNull(Type.String({ description: 'Null for a volume that the layout does not know' })),
  filesystem: text, filesystemUuid: text,
})
export type KeptVolume = Static<typeof KeptVolumeSchema>

/** Files that are put aside before their volume is reformatted, and put back. */
export const CarryOverSchema = Type.Object({
  paths: Type.Array(Type.String({ description: 'Absolute; a trailing * stands for any ending of a file’s name' })),
  mostMib: Type.Integer({ description: 'Refused above this, before anything is touched' }),
  store: orNull(Type.Object({ group: Type.String(), name: Type.String(), mount: Type.String() }, { description: 'The kept volume that holds them meanwhile; null: memory, and a power cut loses them' })),
})

/** What will happen to every block device, and what is made. Nothing that isn't named in `devices` is touched. */
export const StoragePlanSchema = Type.Object({
  version: Type.Literal(2),
  order: Type.Enum(['install', 'reprovision']),
  machineId: Type.String(),
  firmware: Type.Enum(['bios', 'uefi']),
  disks: Type.Array(PlannedDiskSchema, { minItems: 1, description: 'The system disk is the one whose role says so; exactly one' }),
  groups: Type.Array(PlannedGroupSchema, { minItems: 1, description: 'The first is the one with /' }),
  volumes: Type.Array(PlannedVolumeSchema),
  expected: Type.Object({
    physicalVolumes: Type.Array(Type.Object({ uuid: Type.String(), groupUuid: Type.String() })),
    volumes: Type.Array(Type.Object({ groupUuid: Type.String(), name: Type.String(), uuid: Type.String(), sizeBytes: Type.Integer(), segmentType: Type.String(), tags: Type.Array(Type.String()) })),
  }, { description: 'Every PV and every LV of the reused groups as reported; the steps stop when it is not so any more' }),
  kept: Type.Array(KeptVolumeSchema),
  carryOver: orNull(CarryOverSchema),
  mustBeEmpty: Type.Array(Type.Object({ path: Type.String(), group: Type.String(), volume: Type.String() }), { description: 'Folders inside a volume to be reformatted that get a kept volume of their own: the steps stop if there is anything in them' }),
  accepted: Type.Array(Type.String(), { description: 'Overrides that were given and needed' }),
  devices: Type.Array(PlannedDeviceSchema),
})
/** See {@link StoragePlanSchema}. */
export type StoragePlan = Static<typeof StoragePlanSchema>
