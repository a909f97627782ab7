// What will happen to every block device of a machine. Made on the bastion, stored before it is answered, obeyed by the machine.
import { Type, type Static, type TSchema } from 'typebox'

const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const text = orNull(Type.String())
const uuid = (description: string) => Type.String({ pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description })

/** What happens to one thing: `keep` leaves every byte, `reuse` takes it as it is, `create` makes it, `reformat` empties it in place, `wipe` destroys it. */
export const PlanActionSchema = Type.Enum(['keep', 'reuse', 'create', 'reformat', 'wipe'])
export type PlanAction = Static<typeof PlanActionSchema>

/** One line of the plan: a block device, partition, PV, VG or LV, seen or to be made. */
export const PlannedDeviceSchema = Type.Object({
  kind: Type.Enum(['disk', 'partition', 'physical-volume', 'volume-group', 'logical-volume', 'raid']),
  name: Type.String({ description: 'By stable identity: by-id name, `<disk>-part<n>`, group, or group/volume' }),
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
  startSector: Type.Integer(),
  endSector: Type.Integer({ description: 'Inclusive' }),
  sizeMib: Type.Integer(),
  typeGuid: uuid('GPT partition type'),
  partUuid: uuid('Chosen by the plan'),
  label: Type.String({ pattern: '^[a-z-]{1,36}$' }),
  mount: text,
  filesystem: orNull(Type.Enum(['vfat', 'ext4'])),
  filesystemUuid: orNull(Type.String({ pattern: '^([0-9a-f-]{36}|[0-9A-F]{4}-[0-9A-F]{4})$', description: 'Chosen by the plan; a volume id for vfat' })),
})
export type PlannedPartition = Static<typeof PlannedPartitionSchema>

export const PlannedVolumeSchema = Type.Object({
  name: Type.String(),
  mount: Type.String(),
  filesystem: Type.Enum(['ext4', 'xfs', 'swap']),
  filesystemUuid: uuid('Chosen by the plan'),
  extents: Type.Integer({ minimum: 1, description: 'Of the group’s extent size' }),
  tag: Type.String({ description: 'LVM tag from its lvcreate on: labctl.<internal id>.<mount, encoded>' }),
  keep: Type.Boolean({ description: 'Survives a reprovision' }),
  action: PlanActionSchema,
})
export type PlannedVolume = Static<typeof PlannedVolumeSchema>

/** What will happen to every block device, and what is made. Nothing that isn't named in `devices` is touched. */
export const StoragePlanSchema = Type.Object({
  version: Type.Literal(1),
  order: Type.Enum(['install']),
  machineId: Type.String(),
  firmware: Type.Enum(['bios', 'uefi']),
  disk: Type.Object({
    ...DiskExpectedSchema.properties,
    description: Type.String({ description: 'For people' }),
    newTableUuid: uuid('GPT disk GUID, chosen by the plan'),
  }),
  alsoWiped: Type.Array(DiskExpectedSchema, { description: 'Further disks that --wipe names and that hold parts of what is wiped' }),
  partitions: Type.Array(PlannedPartitionSchema),
  group: Type.Object({
    name: Type.String(),
    extentMib: Type.Integer(),
    extents: Type.Integer(),
    freeExtents: Type.Integer(),
    physicalVolumeUuid: Type.String({ description: 'In LVM’s spelling, chosen by the plan' }),
  }),
  volumes: Type.Array(PlannedVolumeSchema),
  devices: Type.Array(PlannedDeviceSchema),
})
/** See {@link StoragePlanSchema}. */
export type StoragePlan = Static<typeof StoragePlanSchema>
